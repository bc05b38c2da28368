/** Handshakes, one step at a time, wherever they are computed: in this thread, or in others where ML-KEM takes long. */
import { type Received, type Requested, type SplitKeys, wipeHandshake } from './hybrid-ik.js';
import { finish, type Question, request } from './initiator.js';
import { createKeyPair, type KeyPair } from './key-pair.js';
import type { Primitives } from './primitives.js';
import type { ChannelPlace } from './prologue.js';
import { systemRandom } from './random.js';
import { accept, receive, reject } from './responder.js';

/**
 * The steps of responder.ts and initiator.ts. An identity and a message are only read, and not kept. A state is used up by the call
 * itself, before there is an answer and whatever it is: what the caller has of it is overwritten. Answers belong to the caller.
 * Errors: `NoiseError` as the step says; an `Error` of no other class when the step was not done, since the handshakes are closed or
 * their thread died.
 */
export interface Handshakes {
  /** A new one, good for this process alone. */
  identity(): Promise<KeyPair>;

  receive(
    identity: KeyPair,
    place: ChannelPlace,
    request: Uint8Array,
  ): Promise<{ readonly authorization: Uint8Array; readonly received: Received }>;
  accept(received: Received): Promise<{ readonly message: Uint8Array; readonly keys: SplitKeys }>;
  reject(received: Received): Promise<Uint8Array>;

  request(question: Question): Promise<{ readonly message: Uint8Array; readonly requested: Requested }>;
  finish(identity: KeyPair, requested: Requested, response: Uint8Array): Promise<SplitKeys>;

  /** Ends the threads, if there are any. What they are at fails, and so does every later call. */
  close(): Promise<void>;
}

/** In this thread: a step is done when its call returns. For runtimes whose own ML-KEM needs less than a millisecond for all of it. */
export function inlineHandshakes(primitives: Primitives): Handshakes {
  let closed = false;

  async function step<T>(work: () => T, state?: Received | Requested): Promise<T> {
    try {
      if (closed) throw handshakesClosed();
      return work();
    } finally {
      if (state) wipeHandshake(state);
    }
  }

  return {
    identity: () => step(() => createKeyPair(primitives, systemRandom)),
    receive: (identity, place, message) => step(() => receive(primitives, identity, place, message)),
    accept: (received) => step(() => accept(primitives, received, systemRandom), received),
    reject: (received) => step(() => reject(primitives, received, systemRandom), received),
    request: (question) => step(() => request(primitives, question, systemRandom)),
    finish: (identity, requested, response) => step(() => finish(primitives, identity, requested, response), requested),
    close: async () => {
      closed = true;
    },
  };
}

export const handshakesClosed = () => new Error('handshakes are closed');
