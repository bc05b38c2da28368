/**
 * Places that sandboxes were ever allowed to write, as their policies spell them: programs may have planted links there. They are
 * never forgotten, since what was planted stays.
 */
import { internalError } from '../protocol/errors.js';
import { SANDBOX_WRITABLE_PLACES } from '../protocol/limits.js';
import type { Policy } from '../sandbox/policy.js';

export class WritablePlaces {
  readonly #places = new Set<string>();

  get all(): readonly string[] {
    return [...this.#places];
  }

  /** Out: those that are new. Errors: -32603 when there are too many to be remembered; then none of them is. */
  add(policy: Exclude<Policy, { kind: 'free' }>): readonly string[] {
    // One that may write the whole disk plants links for nothing.
    if (policy.kind !== 'confined') return [];
    const writable = policy.rules.flatMap(({ path, access }) => (access === 'write' ? [path] : []));
    const unknown = [...new Set(writable)].filter((path) => !this.#places.has(path));
    if (this.#places.size + unknown.length > SANDBOX_WRITABLE_PLACES) throw tooManyPlaces();
    for (const path of unknown) this.#places.add(path);
    return unknown;
  }
}

const tooManyPlaces = () =>
  internalError(
    `sandbox unavailable: sandboxes of this executor have been given ${SANDBOX_WRITABLE_PLACES} writable places, and it can keep watch over no more`,
  );
