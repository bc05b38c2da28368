/** A harness and an executor that can shake hands, with fresh keys. */
import type { SplitKeys } from '#src/noise/hybrid-ik.js';
import { finish, request } from '#src/noise/initiator.js';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import type { Primitives } from '#src/noise/primitives.js';
import type { ChannelPlace } from '#src/noise/prologue.js';
import { systemRandom } from '#src/noise/random.js';
import { accept, receive } from '#src/noise/responder.js';

export const PLACE: ChannelPlace = { environmentId: 'env', executorRegistrationId: 'reg', streamId: 'stream' };

export class Meeting {
  readonly harness: KeyPair;
  readonly executor: KeyPair;

  constructor(
    readonly primitives: Primitives,
    readonly random = systemRandom,
  ) {
    this.harness = createKeyPair(primitives, systemRandom);
    this.executor = createKeyPair(primitives, systemRandom);
  }

  request(place = PLACE, authorization = 'auth') {
    const question = { identity: this.harness, responder: this.executor.publicKey, place, authorization };
    return request(this.primitives, question, this.random);
  }

  receive(message: Uint8Array, place = PLACE) {
    return receive(this.primitives, this.executor, place, message);
  }

  accept(received: Parameters<typeof accept>[1]) {
    return accept(this.primitives, received, this.random);
  }

  finish(requested: Parameters<typeof finish>[2], response: Uint8Array): SplitKeys {
    return finish(this.primitives, this.harness, requested, response);
  }

  /** Both ends' keys. */
  shakeHands(): { readonly harness: SplitKeys; readonly executor: SplitKeys } {
    const { message, requested } = this.request();
    const answer = this.accept(this.receive(message).received);
    return { harness: this.finish(requested, answer.message), executor: answer.keys };
  }
}

/** A copy with one bit turned. */
export function flipped(message: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(message);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
