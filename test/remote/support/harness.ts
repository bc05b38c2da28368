import { randomUUID } from 'node:crypto';
import { initiatorChannel } from '#src/noise/channel.js';
import { NoiseError } from '#src/noise/errors.js';
import { type Requested, writeRequest } from '#src/noise/hybrid-ik.js';
import { finish } from '#src/noise/initiator.js';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { type ChannelPlace, prologueOf } from '#src/noise/prologue.js';
import type { PublicKey } from '#src/noise/public-key.js';
import { systemRandom } from '#src/noise/random.js';
import { HarnessStream } from './harness-stream.js';
import type { Bundle } from './registry.js';
import type { ExecutorEnd } from './rendezvous.js';
import type { Secrets } from './secrets.js';

export const primitives = await loadPrimitives();

/** What a harness does otherwise than it should. */
export interface Oddity {
  readonly streamId?: string;
  readonly bundle?: Bundle;
  /** For whom message 1 is. */
  readonly executorKey?: PublicKey;
  /** Where it says that it is. */
  readonly place?: Partial<ChannelPlace>;
  readonly authorization?: string | Uint8Array;
}

/** Message 1 of a handshake, and what is needed to go on. */
export interface Asking {
  readonly streamId: string;
  readonly message: Uint8Array;
  readonly requested: Requested;
}

/** `reset`: it was refused. `executorRejected`: the registry does not know the executor any more. */
export type Outcome = HarnessStream | 'reset' | 'executorRejected';

/** A harness that says exactly what a test tells it to. It knows nothing of R1, like 0.169.0. */
export class Harness {
  readonly identity: KeyPair = createKeyPair(primitives, systemRandom);
  readonly #bundle: (key: PublicKey) => Bundle;

  /** `bundle`: what it gets from the registry. */
  constructor(bundle: (key: PublicKey) => Bundle, secrets: Secrets) {
    this.#bundle = bundle;
    const { publicKey, x25519PrivateKey, mlkem768PrivateKey } = this.identity;
    secrets.keep("a harness's X25519 key", publicKey.x25519);
    secrets.keep("a harness's ML-KEM key", publicKey.mlkem768);
    secrets.keep("a harness's X25519 private key", x25519PrivateKey);
    secrets.keep("a harness's ML-KEM private key", mlkem768PrivateKey);
  }

  /** A fresh bundle, which no handshake has used yet. */
  bundle(): Bundle {
    return this.#bundle(this.identity.publicKey);
  }

  ask({ streamId = randomUUID(), bundle = this.bundle(), executorKey, place, authorization }: Oddity = {}): Asking {
    const prologue = prologueOf({ ...bundle, streamId, ...place });
    const payload = Buffer.from(authorization ?? bundle.authorization);
    const key = executorKey ?? bundle.executorKey;
    return { streamId, ...writeRequest(primitives, this.identity, key, prologue, payload, systemRandom) };
  }

  /** Sends message 1 and waits for what comes of it. */
  knock(link: ExecutorEnd, asking: Asking = this.ask()): Promise<Outcome> {
    const from = link.frames.length;
    this.send(link, asking);
    return this.outcome(link, asking, from);
  }

  send(link: ExecutorEnd, { streamId, message }: Asking): void {
    link.sendFrame(streamId, { kind: 'resume', nextSeq: 0 });
    link.sendFrame(streamId, { kind: 'handshake', payload: message });
  }

  /** What the executor says to that message, from the given place of `frames` on. */
  async outcome(link: ExecutorEnd, { streamId, requested }: Asking, from: number): Promise<Outcome> {
    const answer = () =>
      link.framesOf(streamId, from).find(({ body: { kind } }) => kind === 'handshake' || kind === 'reset')?.body;
    await link.until(() => answer() !== undefined);
    const body = answer()!;
    if (body.kind !== 'handshake') return 'reset';
    try {
      const keys = finish(primitives, this.identity, requested, body.payload);
      return new HarnessStream(link, streamId, initiatorChannel(keys), from);
    } catch (error) {
      if (error instanceof NoiseError && error.code === 'registryRejected') return 'executorRejected';
      throw error;
    }
  }

  /** A stream on which nothing was said yet. */
  async enter(link: ExecutorEnd, oddity?: Oddity): Promise<HarnessStream> {
    const outcome = await this.knock(link, this.ask(oddity));
    if (typeof outcome === 'string') throw new Error(`it was not let in: ${outcome}`);
    return outcome;
  }

  /** A stream with a session, or with one that there was before. */
  async attach(link: ExecutorEnd, resumeSessionId?: string): Promise<HarnessStream> {
    const stream = await this.enter(link);
    await stream.initialize(resumeSessionId);
    return stream;
  }
}
