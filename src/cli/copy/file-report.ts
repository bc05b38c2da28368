/** What programs such as sha256sum and stat say about many files: a word and a name per line. Pure. */

/** The path as bytes, one character each, so that names compare which are not UTF-8. */
export const latin1 = (path: string | Uint8Array): string => Buffer.from(path as string).toString('latin1');

/** Names that not every program writes in the same way, some with escapes, some without. They are asked about alone. */
export const isAmbiguous = (path: string): boolean => /[\\\n\r]/.test(path);

/** The word of each file, by path. Lines that are none are left out. */
export function wordsByPath(output: Uint8Array): ReadonlyMap<string, string> {
  const lines = latin1(output)
    .split('\n')
    .flatMap((line) => {
      const [, word, path] = /^(\S+) [ *](.+)$/.exec(line) ?? [];
      return word === undefined || path === undefined ? [] : [[path, word] as const];
    });
  return new Map(lines);
}

/** The word when only one file was asked about. A backslash in front of it tells that the name is escaped. */
export const onlyWord = (output: Uint8Array): string | undefined => /^\\?(\S+) [ *]/.exec(latin1(output))?.[1];
