/** Both ends of a handshake over the same `Handshakes`, with identities that they made. */
import type { Handshakes } from '#src/noise/handshakes.js';
import type { SplitKeys } from '#src/noise/hybrid-ik.js';
import type { KeyPair } from '#src/noise/key-pair.js';
import { PLACE } from './meeting.js';

export class Loopback {
  constructor(
    readonly handshakes: Handshakes,
    readonly harness: KeyPair,
    readonly executor: KeyPair,
  ) {}

  static async open(handshakes: Handshakes): Promise<Loopback> {
    const [harness, executor] = await Promise.all([handshakes.identity(), handshakes.identity()]);
    return new Loopback(handshakes, harness, executor);
  }

  request(authorization = 'auth') {
    const { harness, executor } = this;
    return this.handshakes.request({
      identity: harness,
      responder: executor.publicKey,
      place: PLACE,
      authorization,
    });
  }

  receive(message: Uint8Array) {
    return this.handshakes.receive(this.executor, PLACE, message);
  }

  /** Both ends' keys. */
  async shakeHands(): Promise<{ readonly harness: SplitKeys; readonly executor: SplitKeys }> {
    const { message, requested } = await this.request();
    const { received } = await this.receive(message);
    const answer = await this.handshakes.accept(received);
    return {
      harness: await this.handshakes.finish(this.harness, requested, answer.message),
      executor: answer.keys,
    };
  }
}
