/** Trees with policies for them, at random. */
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { between } from '#src/sandbox/paths.js';

export type Kind = 'directory' | 'file' | 'link';

export interface RandomWorld {
  /** Paths from the tree's root; links lead to others of them, by number. */
  readonly things: readonly (readonly [path: string, kind: Kind, target: number])[];
  readonly readsAll: boolean;
  /** Of things, by number. */
  readonly rules: readonly (readonly [access: string, thing: number])[];
  readonly glob: readonly [thing: number, pattern: string] | null;
}

const name = fc.constantFrom('a', 'b', '.git');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const kind = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Kind>('directory') },
  { weight: 5, arbitrary: fc.constant<Kind>('file') },
  { weight: 1, arbitrary: fc.constant<Kind>('link') },
);

export const randomWorld: fc.Arbitrary<RandomWorld> = fc.record({
  things: fc.array(fc.tuple(path, kind, fc.nat()), { minLength: 2, maxLength: 8 }),
  readsAll: fc.boolean(),
  rules: fc.array(fc.tuple(fc.constantFrom('read', 'write', 'write', 'deny'), fc.nat()), {
    minLength: 1,
    maxLength: 5,
  }),
  glob: fc.option(fc.tuple(fc.nat(), fc.constantFrom('*', '**/a', '[ab]')), { freq: 4 }),
});

/** Makes the tree in an empty directory, owned by `uid`; what would be below a file or a link is left out. Returns what there is. */
export function makeTree(base: string, { things }: RandomWorld, uid: number): ReadonlyMap<string, Kind> {
  const made = new Map<string, Kind>([[base, 'directory']]);
  const owned = (at: string) => chownSync(at, uid, uid);
  owned(base);
  for (const [relative, is, target] of things) {
    const at = `${base}/${relative}`;
    const above = between(base, at);
    if (made.has(at) || above.some((directory) => (made.get(directory) ?? 'directory') !== 'directory')) continue;
    for (const directory of above.filter((one) => !made.has(one))) {
      made.set(directory, 'directory');
      mkdirSync(directory);
      owned(directory);
    }
    if (is === 'link') symlinkSync([...made.keys()][target % made.size]!, at);
    else if (is === 'directory') mkdirSync(at);
    else writeFileSync(at, 'text');
    if (is !== 'link') owned(at);
    made.set(at, is);
  }
  return made;
}

/** The policy in the words of policies.ts. */
export function wordsFor({ readsAll, rules, glob }: RandomWorld, paths: readonly string[]): readonly string[] {
  const aimed = (thing: number) => paths[thing % paths.length]!;
  return [
    readsAll ? 'read /' : 'minimal',
    ...rules.map(([access, thing]) => `${access} ${aimed(thing)}`),
    ...(glob === null ? [] : [`glob ${aimed(glob[0])} ${glob[1]}`]),
  ];
}
