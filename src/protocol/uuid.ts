const HYPHENATED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const GROUPS = [8, 4, 4, 4, 12];
const URN = 'urn:uuid:';

/**
 * A UUID written with hyphens, without, in braces (with hyphens), or as `urn:uuid:` (with hyphens), in any case.
 * Out: lower case with hyphens, or why it is none. Texts: uuid of 0.169.0, probed.
 */
export function parseUuid(text: string): { uuid: string } | { fault: string } {
  if (HYPHENATED.test(text)) return { uuid: text };
  const { prefix, body } = unwrap(text);
  const digits = body.toLowerCase().replaceAll('-', '');
  const groups = body.split('-');
  const simple = groups.length === 1 && prefix === '';
  if (/^[0-9a-f]*$/.test(digits)) {
    if (simple) {
      if (digits.length === 32) return { uuid: hyphenated(digits) };
      return { fault: `invalid length: expected length 32 for simple format, found ${digits.length}` };
    }
    if (groups.length !== GROUPS.length) return { fault: `invalid group count: expected 5, found ${groups.length}` };
    const wrong = groups.findIndex((group, i) => group.length !== GROUPS[i]);
    if (wrong === -1) return { uuid: hyphenated(digits) };
    return {
      fault: `invalid group length in group ${wrong}: expected ${GROUPS[wrong]}, found ${groups[wrong]!.length}`,
    };
  }
  const before = /^[0-9a-fA-F-]*/.exec(body)![0].length;
  const found = String.fromCodePoint(body.codePointAt(before)!);
  return {
    fault: `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${found}\` at ${prefix.length + before + 1}`,
  };
}

function unwrap(text: string): { prefix: string; body: string } {
  if (text.startsWith(URN)) return { prefix: URN, body: text.slice(URN.length) };
  if (text.startsWith('{') && text.endsWith('}')) return { prefix: '{', body: text.slice(1, -1) };
  return { prefix: '', body: text };
}

const hyphenated = (digits: string) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
