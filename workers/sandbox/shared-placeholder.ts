/**
 * How executors agree on placeholders: many threads of many processes, without locks, any of which may die between two steps.
 *
 *   runtime/placeholders/HASH/                      one per path, with links whose text is that path:
 *     using.directory.OWNER.7                       a sandbox relies on it
 *     removing.directory.OWNER.8                    somebody is about to look whether anybody does, and to remove it if not
 *   runtime/latest -> OWNER.9                       changes with every claim
 *
 * The rule: a placeholder on which a living sandbox relies is never removed, since that would take its mask off it. Removing a mount
 * point detaches what is mounted there, in every namespace. Why the rule holds:
 *
 * - Claim writes `using` and then waits until it sees no living `removing`. Removal writes `removing` and then looks for living
 *   `using`. Each writes before it looks, so one of them sees the other: a removal that saw no `using` has written `removing` before
 *   the claim looked, and the claim outwaits it. Removal never waits, so nobody waits for ever. Two removals at once both remove.
 * - Release turns `using` into `removing` by one rename: there is no moment without either, and it needs no space on the disk.
 * - Who dies leaves its files, which tell that the path is a placeholder. Whoever comes next and finds only dead ones removes it.
 * - `removing` and the directory go after the placeholder: as long as there is a placeholder there is its directory.
 * - A path that has something before any such file is there belongs to somebody: no claim is made and it is never removed.
 *
 * A plan sees which placeholders there are, then looks at the disk. One that is made in between would seem somebody's file, and be
 * relied on without a claim. It cannot be made before its claim has changed `latest`, which is compared after the plan.
 *
 * Where another claims for an object that somebody makes at the same moment, an empty object of theirs may be removed at the end.
 *
 * Each method is a generator that stops before every access to the disk, so that tests can let any other step come between.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { withParentsOpen } from '#src/files/no-follow.js';
import type { FilePath } from '#src/pool/file-calls.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import type { Owners } from './token-owner.js';

/** `wait`: nothing changes until somebody else has done something. */
export type Steps<T> = Generator<'go' | 'wait', T, void>;

/** A file that tells that its owner uses the placeholder or is removing it. */
interface Token {
  readonly file: string;
  readonly role: 'using' | 'removing';
  readonly object: Placeholder['object'];
  readonly owner: string;
}

export type FoundThere = 'nothing' | 'empty' | 'filled';

/** What is at the path; `filled` also for what no placeholder can be, and what cannot be looked at. */
export function lookThere(path: string): FoundThere {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'nothing';
    if (stats.isDirectory()) return readdirSync(path).length === 0 ? 'empty' : 'filled';
    return stats.isFile() && stats.size === 0 ? 'empty' : 'filled';
  } catch {
    return 'filled';
  }
}

/** One placeholder as one thread sees it. */
export class SharedPlaceholder {
  readonly placeholder: Placeholder;
  readonly #directory: string;
  readonly #owners: Owners;
  readonly #nextNumber: () => number;

  /** `directory` is where its tokens are; `nextNumber` never gives one twice in this thread. */
  constructor(placeholder: Placeholder, directory: string, owners: Owners, nextNumber: () => number) {
    this.placeholder = placeholder;
    this.#directory = directory;
    this.#owners = owners;
    this.#nextNumber = nextNumber;
  }

  /** Whether what is at the path is a placeholder, or nothing. What the dead have left is removed. */
  *mayClaim(): Steps<boolean> {
    for (;;) {
      yield 'go';
      const tokens = tokensIn(this.#directory);
      const living = tokens.filter((token) => this.#isLiving(token));
      if (living.some(isRemoving)) yield 'wait';
      else if (living.length === 0 && tokens.length > 0) yield* this.#clear();
      else {
        yield 'go';
        const there = lookThere(this.placeholder.path);
        if (there === 'nothing' || (there === 'empty' && living.length > 0)) return true;
        // Left by somebody who died as it was made or removed, it would make the path seem a placeholder for ever.
        if (tokens.length === 0) yield* this.#removeDirectory();
        return false;
      }
    }
  }

  /** Returns the token. Errors: the system's. */
  *use(): Steps<string> {
    const file = this.#fileName('using', this.placeholder.object);
    for (;;) {
      yield 'go';
      done(() => mkdirSync(this.#directory, { mode: 0o700 }), 'EEXIST');
      yield 'go';
      // Somebody else has removed the directory, which was empty.
      if (done(() => symlinkSync(this.placeholder.path, this.#place(file)), 'ENOENT')) return file;
    }
  }

  /** After `use`: returns when nobody removes the placeholder any more. `conflict`: others use it as another kind of object. */
  *settle(): Steps<'held' | 'conflict'> {
    for (;;) {
      yield 'go';
      const living = tokensIn(this.#directory).filter((token) => this.#isLiving(token));
      if (living.some(({ role, object }) => role === 'using' && object !== this.placeholder.object)) return 'conflict';
      if (!living.some(isRemoving)) return 'held';
      yield 'wait';
    }
  }

  /** Gives the token back; removes the placeholder if it was the last. Errors: the system's, and then the token still counts. */
  *release(token: string): Steps<void> {
    const removing = this.#fileName('removing', this.placeholder.object);
    yield 'go';
    // Where it is gone somebody has emptied the runtime directory, and nobody knows who else relies on the placeholder.
    if (!done(() => renameSync(this.#place(token), this.#place(removing)), 'ENOENT')) return;
    try {
      yield* this.#removeUnlessUsed(removing);
    } catch (error) {
      // For want of descriptors, perhaps. As it is, the file would keep others waiting.
      renameSync(this.#place(removing), this.#place(token));
      throw error;
    }
  }

  /** Removes what the dead have left, if nobody living relies on it. Errors: the system's. */
  *sweep(): Steps<void> {
    yield 'go';
    const tokens = tokensIn(this.#directory);
    if (tokens.some((token) => this.#isLiving(token))) return;
    if (tokens.length > 0) yield* this.#clear();
    else yield* this.#removeDirectory();
  }

  *#clear(): Steps<void> {
    const removing = this.#fileName('removing', this.placeholder.object);
    yield 'go';
    if (!done(() => symlinkSync(this.placeholder.path, this.#place(removing)), 'ENOENT')) return;
    try {
      yield* this.#removeUnlessUsed(removing);
    } catch (error) {
      unlinkSync(this.#place(removing));
      throw error;
    }
  }

  *#removeUnlessUsed(removing: string): Steps<void> {
    yield 'go';
    const tokens = tokensIn(this.#directory);
    const dead = tokens.filter((token) => !this.#isLiving(token));
    if (!tokens.some((token) => token.role === 'using' && this.#isLiving(token))) {
      for (const object of new Set([this.placeholder.object, ...dead.map((token) => token.object)])) {
        yield 'go';
        removeEmpty(this.placeholder.path, object);
      }
      for (const { file } of dead) {
        yield 'go';
        done(() => unlinkSync(this.#place(file)), 'ENOENT');
      }
    }
    yield 'go';
    done(() => unlinkSync(this.#place(removing)), 'ENOENT');
    yield* this.#removeDirectory();
  }

  *#removeDirectory(): Steps<void> {
    yield 'go';
    done(() => rmdirSync(this.#directory), 'ENOENT', 'ENOTEMPTY');
  }

  #isLiving({ owner }: Token): boolean {
    return this.#owners.isLiving(owner);
  }

  #fileName(role: Token['role'], object: Token['object']): string {
    return [role, object, this.#owners.me, this.#nextNumber()].join('.');
  }

  #place(file: string): string {
    return `${this.#directory}/${file}`;
  }
}

/** The placeholder to which a directory of tokens belongs; undefined when it has none. Errors: the system's. */
export function placeholderOf(directory: string): Placeholder | undefined {
  for (;;) {
    const [token] = tokensIn(directory);
    if (token === undefined) return undefined;
    const path = linkText(`${directory}/${token.file}`);
    // It may be gone by now: that happens to each once.
    if (path !== undefined) return { path, object: token.object };
  }
}

/** Undefined when nothing is there. Errors: the system's. */
export function linkText(path: string): string | undefined {
  let text: string | undefined;
  done(() => {
    text = readlinkSync(path);
  }, 'ENOENT');
  return text;
}

/** What is in a directory; nothing where it is missing. Errors: the system's. */
export function namesIn(directory: string): readonly string[] {
  let names: string[] = [];
  done(() => {
    names = readdirSync(directory);
  }, 'ENOENT');
  return names;
}

const tokensIn = (directory: string): Token[] => namesIn(directory).flatMap(parsed);

function parsed(file: string): Token[] {
  const [, role, object, owner] = TOKEN.exec(file) ?? [];
  return owner === undefined
    ? []
    : [{ file, role: role as Token['role'], object: object as Placeholder['object'], owner }];
}
const TOKEN = /^(using|removing)\.(directory|file)\.([^.]+)\.\d+$/;

const isRemoving = ({ role }: Token): boolean => role === 'removing';

/**
 * Removes an empty object. It stays when it has content, is no longer what was made, or may not be removed. Programs may have put
 * links in the place of the directories above it; they are not followed. Errors: the system's, where it may work another time.
 */
function removeEmpty(path: string, object: Placeholder['object']): void {
  if (lookThere(path) !== 'empty') return;
  const remove = (place: FilePath) => {
    if (object === 'directory') return rmdirSync(place as string);
    const stats = lstatSync(place as string);
    if (stats.isFile() && stats.size === 0) unlinkSync(place as string);
  };
  done(() => withParentsOpen(path, remove, () => {}), ...FOR_GOOD);
}
const FOR_GOOD = ['ENOENT', 'ENOTEMPTY', 'ENOTDIR', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM', 'EROFS', 'ELOOP'];

/** False when it fails in one of the ways that are to be expected. */
export function done(act: () => void, ...expected: readonly string[]): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (expected.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
