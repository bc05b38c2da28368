/** Encryption of records, one direction each. Records are told apart by their order alone: the n-th sealed is the n-th that can be opened. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { NOISE_MESSAGE_BYTES } from '../protocol/limits.js';
import { decrypt, encryptInto } from './aes-gcm.js';
import {
  channelClosed,
  ciphertextTooLarge,
  ciphertextTooShort,
  plaintextTooLarge,
  transportDecryptionFailed,
} from './errors.js';
import { Nonces } from './nonces.js';
import { TAG_BYTES } from './sizes.js';

/** Errors of both methods: `invalidMessage` for what is too large, which uses no nonce; `transportFailed` at the last nonce and when closed. */
export class RecordSealer {
  /** Made once: a key of bytes costs a lookup and a copy for each record. */
  #key: KeyObject | undefined;
  readonly #nonces: Nonces;

  /** The key's bytes are copied; the caller wipes them. */
  constructor(key: Uint8Array, nonces = new Nonces()) {
    this.#key = createSecretKey(key);
    this.#nonces = nonces;
  }

  /** Ciphertext and tag: 16 bytes more. */
  seal(plaintext: Uint8Array): Buffer {
    const target = Buffer.allocUnsafeSlow(plaintext.length + TAG_BYTES);
    this.sealInto(target, 0, [plaintext]);
    return target;
  }

  /**
   * The same into a frame that has room for it, from `at` on. The plaintext comes in parts that follow each other. Returns where the
   * next byte goes.
   */
  sealInto(target: Uint8Array, at: number, plaintext: readonly Uint8Array[]): number {
    if (this.#key === undefined) throw channelClosed();
    const bytes = plaintext.reduce((sum, { length }) => sum + length, 0);
    if (bytes > NOISE_MESSAGE_BYTES - TAG_BYTES) throw plaintextTooLarge();
    return encryptInto(target, at, this.#key, this.#nonces.take(), plaintext);
  }

  /** Forgets the key; nothing can be sealed any more. */
  close(): void {
    this.#key = undefined;
  }
}

export class RecordOpener {
  #key: KeyObject | undefined;
  readonly #nonces: Nonces;

  /** The key's bytes are copied; the caller wipes them. */
  constructor(key: Uint8Array, nonces = new Nonces()) {
    this.#key = createSecretKey(key);
    this.#nonces = nonces;
  }

  /** The plaintext of the next record, in memory of its own. After an error the opener is closed. Errors: `invalidMessage`, `transportFailed`. */
  open(ciphertext: Uint8Array): Buffer {
    try {
      return this.#opened(ciphertext);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Forgets the key; nothing can be opened any more. */
  close(): void {
    this.#key = undefined;
  }

  #opened(ciphertext: Uint8Array): Buffer {
    if (this.#key === undefined) throw channelClosed();
    if (ciphertext.length < TAG_BYTES) throw ciphertextTooShort();
    if (ciphertext.length > NOISE_MESSAGE_BYTES) throw ciphertextTooLarge();
    const nonce = this.#nonces.take();
    try {
      return decrypt(this.#key, nonce, ciphertext);
    } catch (cause) {
      throw transportDecryptionFailed(cause);
    }
  }
}
