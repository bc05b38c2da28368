/** Judges operations on files by a sandbox profile, as its rules are documented: of those that apply, the last one decides. */

type Form = string | { readonly quoted: string } | readonly Form[];

/** Answers whether the profile allows an operation such as `file-read-data` on a path. Throws at filters it does not know. */
export function seatbeltJudge(profile: string, parameters: readonly (readonly [string, string])[]) {
  const rules = parse(profile) as readonly (readonly Form[])[];
  const values = new Map(parameters);

  const textOf = (form: Form | undefined): string => {
    if (Array.isArray(form) && form[0] === 'param') {
      const value = values.get(textOf(form[1]));
      if (value === undefined) throw new Error(`no parameter ${textOf(form[1])}`);
      return value;
    }
    if (form === undefined || typeof form === 'string' || !('quoted' in form)) throw new Error('a text was expected');
    return form.quoted;
  };

  const matches = (filter: Form, path: string): boolean => {
    const [name, ...rest] = filter as readonly Form[];
    switch (name) {
      case 'literal':
      case 'path':
        return path === textOf(rest[0]);
      case 'subpath':
        return path === textOf(rest[0]) || path.startsWith(`${textOf(rest[0]).replace(/\/$/, '')}/`);
      case 'regex':
        return new RegExp(textOf(rest[0]), 's').test(path);
      case 'require-all':
        return rest.every((inner) => matches(inner, path));
      case 'require-not':
        return !matches(rest[0]!, path);
      case 'vnode-type':
        return true;
      case 'extension':
        return false;
      default:
        throw new Error(`unknown filter ${String(name)}`);
    }
  };

  return (operation: string, path: string): boolean => {
    let verdict = 'deny';
    for (const [action, ...rest] of rules) {
      const operations = rest.filter((form): form is string => typeof form === 'string');
      const filters = rest.filter((form) => typeof form !== 'string');
      const applies = operations.some((name) =>
        name.endsWith('*') ? operation.startsWith(name.slice(0, -1)) : name === operation,
      );
      if (applies && (filters.length === 0 || filters.some((filter) => matches(filter, path))))
        verdict = String(action);
    }
    return verdict === 'allow';
  };
}

/** Parentheses, words, texts, and texts without escapes: the forms of a profile. Throws when they are not balanced. */
function parse(profile: string): Form[] {
  const open: Form[][] = [[]];
  for (const [token] of profile.matchAll(/#"[^"]*"|"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g)) {
    if (token === '(') open.push([]);
    else if (token === ')') {
      const closed = open.pop()!;
      if (open.length === 0) throw new Error('a parenthesis too many');
      open.at(-1)!.push(closed);
    } else open.at(-1)!.push(/["]$/.test(token) ? { quoted: token.replace(/^#?"|"$/g, '') } : token);
  }
  if (open.length !== 1) throw new Error('a parenthesis is missing');
  return open[0]!.slice(1).filter((form) => Array.isArray(form) && (form[0] === 'allow' || form[0] === 'deny'));
}
