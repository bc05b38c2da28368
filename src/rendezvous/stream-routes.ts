import { HARNESS_STREAMS } from '../protocol/limits.js';
import type { StreamId } from '../relay/stream-id.js';
import type { KeyDigest } from './key-digest.js';

/** A harness's link, as far as its streams are concerned; compared by identity. */
export interface StreamOwner {
  readonly key: KeyDigest;
}

/**
 * - `held`: it is this link's already.
 * - `claimed`: it is this link's from now on.
 * - `takenOver`: the same harness had it on a link from before, which is over.
 * - `refused`: another harness has it, or this one has too many.
 */
export type Claim<Owner> =
  | { readonly is: 'held' | 'claimed' | 'refused' }
  | { readonly is: 'takenOver'; readonly from: Owner };

/** Which harness a stream of one executor belongs to. The first frame that a harness sends on a stream claims it, until its link ends. */
export class StreamRoutes<Owner extends StreamOwner> {
  readonly #owners = new Map<StreamId, Owner>();
  readonly #streams = new Map<Owner, Set<StreamId>>();

  get size(): number {
    return this.#owners.size;
  }

  claim(owner: Owner, id: StreamId): Claim<Owner> {
    const before = this.#owners.get(id);
    if (before === owner) return { is: 'held' };
    const own = this.#streams.get(owner) ?? new Set();
    if (own.size >= HARNESS_STREAMS || (before !== undefined && before.key !== owner.key)) return { is: 'refused' };
    if (before !== undefined) this.#streams.get(before)?.delete(id);
    this.#owners.set(id, owner);
    this.#streams.set(owner, own.add(id));
    return before === undefined ? { is: 'claimed' } : { is: 'takenOver', from: before };
  }

  ownerOf(id: StreamId): Owner | undefined {
    return this.#owners.get(id);
  }

  /** The link has ended: the streams that it still had, which nobody has now. */
  release(owner: Owner): StreamId[] {
    const own = [...(this.#streams.get(owner) ?? [])];
    this.#streams.delete(owner);
    for (const id of own) this.#owners.delete(id);
    return own;
  }
}
