/**
 * Whoever sends "write this file" and right behind it "read this file" gets what was written, although requests run side by side:
 * what touches the same place runs in the order of its coming. Places are compared as they are spelled; a file that is
 * reached on two ways, through a link, has two places.
 *
 *   write /a/b     ─────────────►
 *   read  /a/b/c                 ──►        below it: waits
 *   read  /a/x     ──►                      elsewhere: does not
 */
import type { NativePath } from '../protocol/path-uri.js';

export interface Access {
  /** Places looked at, each with all that is below it. */
  readonly reads?: readonly NativePath[];
  /** Places changed, each with all that is below it. */
  readonly writes?: readonly NativePath[];
}

interface Pending {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly done: Promise<void>;
}

export class PathOrder {
  readonly #pending = new Set<Pending>();

  /** Work with this access may run at once. */
  isFree(access: Access): boolean {
    return this.#pending.size === 0 || this.#before(places(access)).length === 0;
  }

  /** Does the work as soon as all earlier work in its places is done. */
  async run<T>(access: Access, work: () => Promise<T>): Promise<T> {
    const its = places(access);
    const before = this.#before(its);
    let finish!: () => void;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const pending = { ...its, done };
    this.#pending.add(pending);
    try {
      if (before.length > 0) await Promise.all(before.map((earlier) => earlier.done));
      return await work();
    } finally {
      this.#pending.delete(pending);
      finish();
    }
  }

  #before({ reads, writes }: Omit<Pending, 'done'>): Pending[] {
    return [...this.#pending].filter(
      (earlier) =>
        meet(earlier.writes, reads) ||
        meet(earlier.writes, writes) ||
        (writes.length > 0 && meet(earlier.reads, writes)),
    );
  }
}

const places = ({ reads = [], writes = [] }: Access) => ({ reads: reads.map(place), writes: writes.map(place) });

/** With a slash at its end, so that a place begins with all that it is below of. By bytes: below a name that is UTF-8 there may be one that is not. */
function place(path: NativePath): string {
  const text = Buffer.from(path as string).toString('latin1');
  return text.endsWith('/') ? text : `${text}/`;
}

const meet = (some: readonly string[], others: readonly string[]) =>
  some.some((one) => others.some((other) => one.startsWith(other) || other.startsWith(one)));
