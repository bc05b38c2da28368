/** The headers of an answer, as a peer is told them. Source: 0.169.0, probed. */

export interface ResponseHeader {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/** What can be told as text: ASCII that can be seen, blanks, tabs. */
const PLAIN = /^[\t -~]*$/;

/**
 * `raw`: names and values by turns, as Node gives them. Out: each name where it first came, with all its values.
 * A value with other bytes is left out.
 */
export function responseHeaders(raw: readonly string[]): ResponseHeader[] {
  const byName = new Map<string, ResponseHeader[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (!PLAIN.test(value)) continue;
    const header = { name, value };
    const same = byName.get(name);
    if (same) same.push(header);
    else byName.set(name, [header]);
  }
  return [...byName.values()].flat();
}

/** The first of this name as it came, one character for each byte. */
export function rawHeader(raw: readonly string[], name: string): string | undefined {
  const at = raw.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : raw[at + 1];
}
