import { decodeFrame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import type { Fate, Way } from './proxied-link.js';

/**
 * A way on which neither end hears of R1: no heartbeat and no acknowledgement passes, so each takes the other for one of 0.169.0.
 * Counts the records that pass.
 */
export class PlainWay {
  readonly records = { toRelay: 0, toEnd: 0 };
  /** The next record on this way gets lost. */
  losesNext: Way | undefined;
  readonly #lost: () => void;

  /** `lost`: called when it is. */
  constructor(lost: () => void) {
    this.#lost = lost;
  }

  readonly fate: Fate = (bytes, way) => {
    const frame = decodeFrame(bytes);
    const { kind } = frame.body;
    if (kind === 'ack' || kind === 'heartbeat') return [];
    if (kind !== 'data') return [{ frame: bytes, delayMs: 0 }];
    if (this.losesNext === way) {
      this.losesNext = undefined;
      this.#lost();
      return [];
    }
    this.records[way] += 1;
    return [{ frame: encodeFrame({ ...frame, ack: 0, ackBits: 0 }), delayMs: 0 }];
  };
}
