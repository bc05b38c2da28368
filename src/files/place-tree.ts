/**
 * Who is at which place of a tree of names, so that it is quick to tell whom somebody else would be in the way of:
 *
 *   ''  ── a ── b ── c        at /a/b one meets those at '', a and b, and all below b; nobody below x
 *            └─ x
 */

/** Those who read meet nobody but those who write. */
export type Manner = 'read' | 'write';

/** From the top; see `namesOfPlace`. */
export type Names = readonly string[];

/** Places are told apart so far down; what is deeper counts as the place above it. So nobody's long paths fill memory. Source: our own. */
const LEVELS = 32;

/** One character per byte: below a name that is UTF-8 there may be one that is not. Paths begin with an empty name. */
export function namesOfPlace(path: string | Uint8Array): Names {
  const names = Buffer.from(path as string)
    .toString('latin1')
    .split('/', LEVELS);
  if (names.at(-1) === '') names.pop();
  return names;
}

export class PlaceTree<T> {
  readonly #top = new Node<T>();

  get isEmpty(): boolean {
    return this.#top.within('write') === 0;
  }

  /** How many of those who are in the tree are met here. */
  countMet(names: Names, manner: Manner): number {
    let node = this.#top;
    if (node.within(manner) === 0) return 0;
    let met = 0;
    for (const name of names) {
      met += node.here(manner);
      const next = node.below.get(name);
      if (next === undefined) return met;
      node = next;
    }
    return met + node.within(manner);
  }

  /** The same, one by one. */
  forMet(names: Names, manner: Manner, tell: (who: T) => void): void {
    let node = this.#top;
    for (const name of names) {
      node.forHere(manner, tell);
      const next = node.below.get(name);
      if (next === undefined) return;
      node = next;
    }
    node.forWithin(manner, tell);
  }

  /** Returns how to leave again, which is to be done once. */
  enter(names: Names, manner: Manner, who: T): () => void {
    const stay = { who };
    const way = [this.#top];
    for (const name of names) way.push(way.at(-1)!.child(name));
    for (const node of way) node.inside[manner]++;
    way.at(-1)!.at[manner].add(stay);
    return () => {
      way.at(-1)!.at[manner].delete(stay);
      for (const node of way) node.inside[manner]--;
      for (const [depth, name] of names.entries()) {
        const node = way[depth + 1]!;
        if (node.inside.read + node.inside.write === 0) way[depth]!.below.delete(name);
      }
    };
  }
}

/** Somebody may be at one place more than once. */
interface Stay<T> {
  readonly who: T;
}

class Node<T> {
  readonly below = new Map<string, Node<T>>();
  /** Those who are at this place itself. */
  readonly at = { read: new Set<Stay<T>>(), write: new Set<Stay<T>>() };
  /** How many are here and below. */
  readonly inside = { read: 0, write: 0 };

  child(name: string): Node<T> {
    const child = this.below.get(name) ?? new Node<T>();
    this.below.set(name, child);
    return child;
  }

  // Whom somebody of this manner meets.

  here(manner: Manner): number {
    return this.at.write.size + (manner === 'write' ? this.at.read.size : 0);
  }

  within(manner: Manner): number {
    return this.inside.write + (manner === 'write' ? this.inside.read : 0);
  }

  forHere(manner: Manner, tell: (who: T) => void): void {
    for (const { who } of this.at.write) tell(who);
    if (manner === 'write') for (const { who } of this.at.read) tell(who);
  }

  forWithin(manner: Manner, tell: (who: T) => void): void {
    if (this.within(manner) === 0) return;
    this.forHere(manner, tell);
    for (const node of this.below.values()) node.forWithin(manner, tell);
  }
}
