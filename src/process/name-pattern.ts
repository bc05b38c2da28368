/**
 * Whether the pattern fits the whole name: `*` is any run of characters, also none, `?` exactly one, anything else itself;
 * letters of ASCII in either case. An empty pattern fits no name. Time: at most length of pattern times length of name.
 * Source: environment policies of 0.169.0.
 */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === '') return false;
  const wanted = characters(pattern);
  const given = characters(name);
  let at = 0;
  let from = 0;
  // The last `*` met, and where in the name the text behind it was tried. An earlier `*` need not be tried again:
  // whatever it could still do, the last one can do too.
  let star = -1;
  let tried = 0;
  while (from < given.length) {
    if (wanted[at] === '*') {
      star = at;
      tried = from;
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === given[from]) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      tried += 1;
      at = star + 1;
      from = tried;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}

/** Names that differ only in the case of ASCII letters become equal; other letters have no case here. */
export const foldCase = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Whole characters, not halves of surrogate pairs. */
const characters = (text: string): string[] => Array.from(foldCase(text));
