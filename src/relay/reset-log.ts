import { createHash } from 'node:crypto';
import { RELAY_REMEMBERED_RESETS, RELAY_RESET_INTERVAL_MS } from '../protocol/limits.js';
import type { StreamId } from './stream-id.js';

/** Ids longer than this are remembered by their hash. */
const PLAIN_ID_CHARACTERS = 64;

/** When streams were reset last, so that what still comes for them is not answered frame by frame. */
export class ResetLog {
  /** The oldest first. */
  readonly #times = new Map<string, number>();

  /** A reset leaves for this stream. */
  add(now: number, id: StreamId): void {
    const key = keyOf(id);
    this.#times.delete(key);
    this.#times.set(key, now);
    for (const [oldest, time] of this.#times) {
      if (this.#times.size <= RELAY_REMEMBERED_RESETS && now < time + RELAY_RESET_INTERVAL_MS) return;
      this.#times.delete(oldest);
    }
  }

  isRecent(now: number, id: StreamId): boolean {
    const time = this.#times.get(keyOf(id));
    return time !== undefined && now < time + RELAY_RESET_INTERVAL_MS;
  }
}

const keyOf = (id: StreamId): string =>
  id.length <= PLAIN_ID_CHARACTERS ? id : createHash('sha256').update(id).digest('base64');
