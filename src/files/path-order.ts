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
import { type Manner, type Names, namesOfPlace, PlaceTree } from './place-tree.js';

export interface Access {
  /** Places looked at, each with all that is below it. */
  readonly reads?: readonly NativePath[];
  /** Places changed, each with all that is below it. */
  readonly writes?: readonly NativePath[];
}

/** Work that has not ended. */
interface Pending {
  /** What it waits for: earlier work, once for each of its places with each of theirs. */
  heldBy: number;
  begin: () => void;
}

interface Place {
  readonly names: Names;
  readonly manner: Manner;
}

export class PathOrder {
  readonly #tree = new PlaceTree<Pending>();

  /** Work with this access may run at once. */
  isFree(access: Access): boolean {
    return this.#tree.isEmpty || this.#heldBy(places(access)) === 0;
  }

  /** Does the work as soon as all earlier work in its places is done. */
  async run<T>(access: Access, work: () => Promise<T>): Promise<T> {
    const its = places(access);
    const pending: Pending = { heldBy: this.#heldBy(its), begin: () => {} };
    const leaves = its.map(({ names, manner }) => this.#tree.enter(names, manner, pending));
    try {
      if (pending.heldBy > 0) {
        await new Promise<void>((resolve) => {
          pending.begin = resolve;
        });
      }
      return await work();
    } finally {
      for (const leave of leaves) leave();
      // All earlier work that it would meet has ended before it began: whom it meets now has waited for it.
      for (const { names, manner } of its) this.#tree.forMet(names, manner, release);
    }
  }

  #heldBy(its: readonly Place[]): number {
    return its.reduce((held, { names, manner }) => held + this.#tree.countMet(names, manner), 0);
  }
}

const places = ({ reads = [], writes = [] }: Access): Place[] => [
  ...reads.map((path) => ({ names: namesOfPlace(path), manner: 'read' as const })),
  ...writes.map((path) => ({ names: namesOfPlace(path), manner: 'write' as const })),
];

function release(later: Pending): void {
  later.heldBy--;
  if (later.heldBy === 0) later.begin();
}
