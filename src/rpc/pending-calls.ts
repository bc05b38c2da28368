import { PENDING_CALLS } from '../protocol/limits.js';

/** `cleanUp` calls (terminate, close) have one place of their own, so that a full table can still be emptied. */
export type CallKind = 'ordinary' | 'cleanUp';

/**
 * The calls of one connection that wait for their answer, by id. Ids count from 1 and are never used again.
 * At most 1024 wait, and one clean-up call more; what does not fit is refused at once. Answers to nobody are ignored.
 */
export class PendingCalls<Call> {
  #nextId = 1;
  readonly #calls = new Map<number, Call>();

  get size(): number {
    return this.#calls.size;
  }

  /** The id for a new call, or undefined when the table is full. */
  add(call: Call, kind: CallKind = 'ordinary'): number | undefined {
    const places = kind === 'cleanUp' ? PENDING_CALLS + 1 : PENDING_CALLS;
    if (this.#calls.size >= places) return undefined;
    const id = this.#nextId;
    this.#nextId += 1;
    this.#calls.set(id, call);
    return id;
  }

  /** Takes out the call that an answer is for; undefined when nobody waits (any more). */
  take(id: unknown): Call | undefined {
    if (typeof id !== 'number') return undefined;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** Takes out all calls, oldest first. */
  takeAll(): Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    return calls;
  }
}
