import { noncesExhausted } from './errors.js';

const NONCE_BYTES = 12;
/**
 * Messages under one key. The nonce has room for 2^64, but a record's number in its frame has 32 bits and is the same as that of its
 * nonce. 2^32 is also the bound of SP 800-38D for keys in general.
 */
const NONCES_PER_KEY = 2 ** 32;

/**
 * The nonces of one key, each once: 4 zero bytes, then a counter of 64 bits, big-endian. Source: the Noise paper (12.4).
 */
export class Nonces {
  /** One buffer for all: the cipher copies it when it begins. */
  readonly #bytes = Buffer.alloc(NONCE_BYTES);
  #next: number;

  constructor(first = 0) {
    this.#next = first;
  }

  /** Valid until the next call. Errors: `transportFailed` when none is left; it never begins anew. */
  take(): Buffer {
    if (this.#next >= NONCES_PER_KEY) throw noncesExhausted();
    this.#bytes.writeUInt32BE(this.#next++, NONCE_BYTES - 4);
    return this.#bytes;
  }
}
