/**
 * Regular expressions for macOS sandbox profiles, of paths that may not be on the disk yet.
 * Where a text cannot be said exactly they match more: they only ever take rights away.
 */

/**
 * A name directly in a directory, and all below it. In any case of its letters: on a disk that does not tell them apart
 * `.GIT` would do as `.git`, and a name that is missing has no case yet.
 */
export function nameRegex(directory: string, name: string): string {
  const anyCase = escaped(name).replace(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
  return `^${escaped(directory === '/' ? '' : directory)}/${anyCase}(/.*)?$`;
}

/** What an absolute glob matches: `*` and `?` within a component, `**` any number of them, `[...]` and `[!...]`. */
export function globRegex(glob: string): string {
  const [, ...components] = glob.split('/');
  const parts = components.map((component, index) => {
    const isLast = index === components.length - 1;
    if (component === '**') return isLast ? '.*' : '(.*/)?';
    return isLast ? componentRegex(component) : `${componentRegex(component)}/`;
  });
  return `^/${parts.join('')}$`;
}

/**
 * The directories on the way to what a glob matches, without those that `**` stands for: these may go by another name and
 * what lies in them still matches. Shallow first.
 */
export function globDirectories(glob: string): string[] {
  const components = glob.split('/');
  return components.flatMap((component, index) =>
    index === 0 || index === components.length - 1 || component === '**'
      ? []
      : [components.slice(0, index + 1).join('/')],
  );
}

/** A closed class, a run of stars, or any character. A class has a first member, which may be `]`. */
const GLOB_TOKEN = /\[(?:!|(?!!)).[^\]]*\]|\*+|./gsu;

const componentRegex = (component: string): string =>
  component.replace(GLOB_TOKEN, (token) => {
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    return token.length > 1 && token.startsWith('[') ? classRegex(token) : escaped(token);
  });

/** Letters, digits, ranges of them and dots go over as they are; for any other class, every character will do. */
function classRegex(token: string): string {
  const [, negation, members] = /^\[(!?)((?:\w-\w|[\w.])+)\]$/.exec(token) ?? [];
  if (members === undefined || hasEmptyRange(members)) return '[^/]';
  return negation === '!' ? `[^/${members}]` : `[${members}]`;
}

const hasEmptyRange = (members: string): boolean =>
  [...members.matchAll(/(.)-(.)/g)].some(([, from, to]) => from! > to!);

/** A quote would end the literal that holds the expression, and how to escape it there is nowhere written: any character stands for it. */
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('"', '.');
