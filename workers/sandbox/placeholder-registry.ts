/**
 * How executors agree on placeholders: many threads of many processes, without locks, any of which may die between two steps. What
 * they share is in the runtime directory:
 *
 *   placeholders/             tokens, see placeholder-tokens.ts
 *   latest -> OWNER.9         changes with every claim
 *
 * The rule: a placeholder on which a living sandbox relies is never removed, since that would take its mask off it. Removing a mount
 * point detaches what is mounted there, in every namespace. Why the rule holds:
 *
 * - A claim writes `using` and then waits until it sees no living `removing`. A removal writes `removing` and then looks for living
 *   `using`. Each writes before it looks, so one of them sees the other: a removal that saw no `using` has written `removing` before
 *   the claim looked, and the claim outwaits it. Removals never wait, so nobody waits for ever. Two removals at once both remove.
 * - A release turns `using` into `removing` by a rename, which needs no space on the disk, and takes that away after the placeholder:
 *   as long as there is a placeholder there is a token. Who dies leaves tokens; whoever finds only dead ones removes it with them.
 * - A path that has something, and no token, belongs to somebody: there is no claim to it and it is never removed.
 * - A plan asks which placeholders there are, then looks at the disk. One that is made in between would seem somebody's, and be
 *   relied on without a claim. But its claim changes `latest` before it is made, and that is compared after the plan.
 *
 * What it cannot see: an empty object that somebody makes after a claim, before bubblewrap has made the placeholder, is taken for it.
 *
 * Each method is a generator that stops before every access to the disk, so that tests can let any other step come between.
 */
import { mkdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { internalError } from '#src/protocol/errors.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import { lookThere, removeEmpty } from './placeholder-object.js';
import { done, hashOf, linkText, namesIn, type Token, tokenFile, tokensIn } from './placeholder-tokens.js';
import type { Owners } from './token-owner.js';

/** `wait`: nothing changes until somebody else has done something. */
export type Steps<T> = Generator<'go' | 'wait', T, void>;

/** Which placeholders there are, and when that was. */
export interface Living {
  readonly paths: ReadonlySet<string>;
  /** What `latest` said. */
  readonly asOf: string | undefined;
}

/** One placeholder that a sandbox relies on, and the token for it. */
export interface Held extends Placeholder {
  readonly file: string;
}

/** Numbers the files of this thread, whichever registry makes them. */
let lastNumber = 0;

export class PlaceholderRegistry {
  readonly #directory: string;
  readonly #tokens: string;
  readonly #owners: Owners;
  /** Paths by their hashes, of those that had tokens when it was last asked. */
  #paths: ReadonlyMap<string, string> = new Map();

  /** `directory` is the runtime directory, which is there. */
  constructor(directory: string, owners: Owners) {
    this.#directory = directory;
    this.#tokens = `${directory}/placeholders`;
    this.#owners = owners;
  }

  /** Errors: the system's. */
  *living(): Steps<Living> {
    yield 'go';
    const asOf = this.#latest();
    this.#paths = yield* this.#everyPath();
    // With content it is somebody's: it stays when its sandboxes have ended.
    const paths = [...this.#paths.values()].filter((path) => lookThere(path) !== 'filled');
    return { paths: new Set(paths), asOf };
  }

  /**
   * Claims them all, or none. `changed`: what is at a path belongs to somebody, or there have been claims since `seen`.
   * Errors: -32603 where another sandbox has a file where this one needs a directory; the system's.
   */
  *acquire(list: readonly Placeholder[], seen: Living): Steps<Held[] | 'changed'> {
    yield 'go';
    if (this.#latest() !== seen.asOf) return 'changed';
    if (list.length === 0) return [];
    if (!(yield* this.#areFree(list))) return 'changed';

    const held: Held[] = [];
    try {
      for (const placeholder of list) {
        yield 'go';
        held.push({ ...placeholder, file: this.#write(placeholder, 'using') });
      }
      yield* this.#announce();
      yield* this.#settle(list);
      return held;
    } catch (error) {
      yield* this.release(held);
      throw error;
    }
  }

  /** Gives tokens back; removes the placeholders of which they were the last. Errors: the system's, and then they still count. */
  *release(held: readonly Held[]): Steps<void> {
    const removing: Held[] = [];
    try {
      for (const { path, object, file: using } of held) {
        const file = this.#file({ path, object }, 'removing');
        yield 'go';
        // Where it is gone somebody has emptied the runtime directory, and nobody knows who else relies on the placeholder.
        if (done(() => renameSync(this.#place(using), this.#place(file)), 'ENOENT'))
          removing.push({ path, object, file });
      }
      yield* this.#removeUnused(removing);
    } catch (error) {
      // For want of descriptors, perhaps. As they are they would keep others waiting.
      for (const { file, path } of removing) {
        const using = held.find((one) => one.path === path)!.file;
        done(() => renameSync(this.#place(file), this.#place(using)), 'ENOENT');
      }
      throw error;
    }
  }

  /** Removes what the dead have left. Errors: the system's. */
  *sweep(): Steps<void> {
    for (const name of namesIn(this.#directory)) {
      const owner = /^latest\.([^.]+)\.\d+$/.exec(name)?.[1];
      if (owner === undefined || this.#owners.isLiving(owner)) continue;
      yield 'go';
      done(() => unlinkSync(`${this.#directory}/${name}`), 'ENOENT');
    }
    yield 'go';
    const tokens = tokensIn(this.#tokens);
    for (const hash of new Set(tokens.map((token) => token.hash))) {
      const left = tokens.filter((token) => token.hash === hash);
      if (!left.some(this.#isLiving)) yield* this.#clear(left);
    }
  }

  /** By hashes: the paths of all that have tokens. */
  *#everyPath(): Steps<Map<string, string>> {
    const paths = new Map<string, string>();
    for (;;) {
      yield 'go';
      const before = tokensIn(this.#tokens);
      yield 'go';
      // A token that gets its other name meanwhile may be missed; not twice, since that happens to each once.
      const tokens = [...before, ...tokensIn(this.#tokens)];
      for (const { hash, file } of tokens) {
        if (paths.has(hash)) continue;
        const known = this.#paths.get(hash);
        if (known === undefined) yield 'go';
        const path = known ?? linkText(this.#place(file));
        if (path !== undefined) paths.set(hash, path);
      }
      // Otherwise all that were seen of one have gone; others may have come.
      if (tokens.every(({ hash }) => paths.has(hash))) return paths;
    }
  }

  /** Whether at each path is a placeholder, or nothing. What the dead have left is removed. */
  *#areFree(list: readonly Placeholder[]): Steps<boolean> {
    yield 'go';
    const all = tokensIn(this.#tokens);
    for (const { path } of list) {
      const tokens = tokensOf(path, all);
      const living = tokens.filter(this.#isLiving);
      if (living.length === 0 && tokens.length > 0) yield* this.#clear(tokens);
      yield 'go';
      const there = lookThere(path);
      if (there === 'filled' || (there === 'empty' && living.length === 0)) return false;
    }
    return true;
  }

  /** Returns when nobody removes them any more. */
  *#settle(list: readonly Placeholder[]): Steps<void> {
    for (;;) {
      yield 'go';
      const all = tokensIn(this.#tokens);
      const living = list.flatMap(({ path, object }) => {
        const tokens = tokensOf(path, all).filter(this.#isLiving);
        if (tokens.some((token) => isUsing(token) && token.object !== object)) throw conflict({ path, object });
        return tokens;
      });
      if (living.every(isUsing)) return;
      yield 'wait';
    }
  }

  /** Removes a placeholder that has these tokens, all of the dead. */
  *#clear(tokens: readonly Token[]): Steps<void> {
    yield 'go';
    const path = tokens.map(({ file }) => linkText(this.#place(file))).find((text) => text !== undefined);
    // Somebody else was quicker.
    if (path === undefined) return;
    const placeholder: Placeholder = { path, object: tokens[0]!.object };
    yield 'go';
    const file = this.#write(placeholder, 'removing');
    try {
      yield* this.#removeUnused([{ ...placeholder, file }]);
    } catch (error) {
      done(() => unlinkSync(this.#place(file)), 'ENOENT');
      throw error;
    }
  }

  /** For each there is a `removing` of this thread, which is gone in the end. */
  *#removeUnused(removing: readonly Held[]): Steps<void> {
    yield 'go';
    const all = tokensIn(this.#tokens);
    for (const { path, object, file } of removing) {
      const tokens = tokensOf(path, all);
      const dead = tokens.filter((token) => !this.#isLiving(token));
      if (!tokens.some((token) => isUsing(token) && this.#isLiving(token))) {
        for (const kind of new Set([object, ...dead.map((token) => token.object)])) {
          yield 'go';
          removeEmpty({ path, object: kind });
        }
        for (const token of dead) {
          yield 'go';
          done(() => unlinkSync(this.#place(token.file)), 'ENOENT');
        }
      }
      yield 'go';
      done(() => unlinkSync(this.#place(file)), 'ENOENT');
    }
  }

  /** Tells whoever plans at the moment that there is more now. */
  *#announce(): Steps<void> {
    lastNumber += 1;
    const claim = `${this.#owners.me}.${lastNumber}`;
    const file = `${this.#directory}/latest.${claim}`;
    yield 'go';
    symlinkSync(claim, file);
    yield 'go';
    renameSync(file, `${this.#directory}/latest`);
  }

  #latest(): string | undefined {
    return linkText(`${this.#directory}/latest`);
  }

  #write(placeholder: Placeholder, role: Token['role']): string {
    const file = this.#file(placeholder, role);
    if (!done(() => symlinkSync(placeholder.path, this.#place(file)), 'ENOENT')) {
      done(() => mkdirSync(this.#tokens, { mode: 0o700 }), 'EEXIST');
      symlinkSync(placeholder.path, this.#place(file));
    }
    return file;
  }

  #file({ path, object }: Placeholder, role: Token['role']): string {
    lastNumber += 1;
    return tokenFile({ path, object, role, owner: this.#owners.me, number: lastNumber });
  }

  #place(file: string): string {
    return `${this.#tokens}/${file}`;
  }

  readonly #isLiving = ({ owner }: Token): boolean => this.#owners.isLiving(owner);
}

function tokensOf(path: string, all: readonly Token[]): Token[] {
  if (all.length === 0) return [];
  const hash = hashOf(path);
  return all.filter((token) => token.hash === hash);
}

const isUsing = ({ role }: Token): boolean => role === 'using';

const conflict = ({ path, object }: Placeholder) => {
  const other = object === 'file' ? 'directory' : 'file';
  return internalError(`sandbox unavailable: another sandbox keeps \`${path}\` as an empty ${other}`);
};
