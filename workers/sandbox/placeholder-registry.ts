/** All placeholders of one user's executors, in steps: see shared-placeholder.ts, also for what is on the disk. */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { internalError } from '#src/protocol/errors.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import {
  done,
  linkText,
  lookThere,
  namesIn,
  placeholderOf,
  SharedPlaceholder,
  type Steps,
} from './shared-placeholder.js';
import type { Owners } from './token-owner.js';

/** Which placeholders there are, and when that was. */
export interface Living {
  readonly paths: ReadonlySet<string>;
  /** What `latest` said. */
  readonly asOf: string | undefined;
}

/** One placeholder that a sandbox relies on. */
export interface Held {
  readonly shared: SharedPlaceholder;
  readonly token: string;
}

/** Numbers the files of this thread, whichever registry makes them. */
let lastNumber = 0;
const nextNumber = (): number => ++lastNumber;

export class PlaceholderRegistry {
  readonly #directory: string;
  readonly #owners: Owners;
  /** Paths by the names of their directories, of those that were there when it was last asked. */
  #paths: ReadonlyMap<string, string> = new Map();

  /** `directory` is the runtime directory, which is there. */
  constructor(directory: string, owners: Owners) {
    this.#directory = directory;
    this.#owners = owners;
  }

  /** Errors: the system's. */
  *living(): Steps<Living> {
    yield 'go';
    const asOf = this.#latest();
    yield 'go';
    const names = namesIn(this.#placeholders);
    const paths = new Map<string, string>();
    for (const name of names) {
      yield 'go';
      const path = this.#paths.get(name) ?? placeholderOf(this.#tokensOf(name))?.path;
      if (path !== undefined) paths.set(name, path);
    }
    this.#paths = paths;
    // With content it is somebody's: it stays when its sandboxes have ended.
    return { paths: new Set([...paths.values()].filter((path) => lookThere(path) !== 'filled')), asOf };
  }

  /**
   * Claims them all, or none. `changed`: what is at a path belongs to somebody, or there have been claims since `seen`.
   * Errors: -32603 where another sandbox has a file where this one needs a directory; the system's.
   */
  *acquire(list: readonly Placeholder[], seen: Living): Steps<Held[] | 'changed'> {
    yield 'go';
    if (this.#latest() !== seen.asOf) return 'changed';
    const wanted = list.map((placeholder) => this.#shared(placeholder));
    for (const shared of wanted) if (!(yield* shared.mayClaim())) return 'changed';
    if (wanted.length === 0) return [];

    const held: Held[] = [];
    try {
      done(() => mkdirSync(this.#placeholders, { mode: 0o700 }), 'EEXIST');
      for (const shared of wanted) held.push({ shared, token: yield* shared.use() });
      yield* this.#announce();
      for (const shared of wanted) if ((yield* shared.settle()) === 'conflict') throw conflict(shared.placeholder);
      return held;
    } catch (error) {
      for (const { shared, token } of held) yield* shared.release(token);
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
    for (const name of namesIn(this.#placeholders)) {
      yield 'go';
      const placeholder = placeholderOf(this.#tokensOf(name));
      if (placeholder !== undefined) yield* this.#shared(placeholder).sweep();
      else done(() => rmdirSync(this.#tokensOf(name)), 'ENOENT', 'ENOTEMPTY');
    }
  }

  #shared(placeholder: Placeholder): SharedPlaceholder {
    const name = createHash('sha256').update(placeholder.path).digest('hex');
    return new SharedPlaceholder(placeholder, this.#tokensOf(name), this.#owners, nextNumber);
  }

  /** Tells whoever plans at the moment that there is more now. */
  *#announce(): Steps<void> {
    const claim = `${this.#owners.me}.${nextNumber()}`;
    const file = `${this.#directory}/latest.${claim}`;
    yield 'go';
    symlinkSync(claim, file);
    yield 'go';
    renameSync(file, `${this.#directory}/latest`);
  }

  #latest(): string | undefined {
    return linkText(`${this.#directory}/latest`);
  }

  get #placeholders(): string {
    return `${this.#directory}/placeholders`;
  }

  #tokensOf(name: string): string {
    return `${this.#placeholders}/${name}`;
  }
}

const conflict = ({ path, object }: Placeholder) => {
  const other = object === 'file' ? 'directory' : 'file';
  return internalError(`sandbox unavailable: another sandbox keeps \`${path}\` as an empty ${other}`);
};
