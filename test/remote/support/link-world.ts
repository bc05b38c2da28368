import { randomBytes } from 'node:crypto';
import { dialRelay } from '#src/links/dial-relay.js';
import { inlineHandshakes } from '#src/noise/handshakes.js';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import type { PublicKey } from '#src/noise/public-key.js';
import { systemRandom } from '#src/noise/random.js';
import type { Applicant } from '#src/registry/client.js';
import { ExecutorLink } from '#src/remote/executor-link.js';
import type { LifecycleEvent } from '#src/remote/lifecycle.js';
import type { Accept } from '#src/transport/connection.js';
import { Happenings } from '#test/support/happenings.js';
import { eventsOf } from './events-of.js';
import { Harness, primitives } from './harness.js';
import type { Bundle } from './registry.js';
import { type ExecutorEnd, Rendezvous } from './rendezvous.js';
import { Secrets } from './secrets.js';
import { ENVIRONMENT } from './surroundings.js';
import { Turnstile } from './turnstile.js';

/** A question to the registry that the test answers. */
export interface HeldValidation {
  readonly applicant: Applicant;
  readonly answer: (valid: boolean) => void;
}

/** One link of an executor, without the rest of it: its clock and its registry are in the hands of the test. */
export class LinkWorld implements AsyncDisposable {
  /** Milliseconds. */
  time = 0;
  /** Whom the registry lets in, unless it is held. */
  lets: (applicant: Applicant) => boolean = () => true;
  /** Whether questions to the registry wait in `held`. */
  holds = false;
  readonly held: HeldValidation[] = [];
  readonly log: LifecycleEvent[] = [];
  readonly happenings = new Happenings();
  readonly secrets = new Secrets();
  /** How fast the rendezvous reads. */
  turnstile!: Turnstile;
  #rendezvous!: Rendezvous;
  #identity: KeyPair = createKeyPair(primitives, systemRandom);
  #link!: ExecutorLink;
  #end!: ExecutorEnd;
  #upgradeBytes = 0;

  private constructor() {}

  static async open(accept: Accept): Promise<LinkWorld> {
    const world = new LinkWorld();
    world.#rendezvous = await Rendezvous.open(world.happenings);
    const dialled = await dialRelay({ url: world.#rendezvous.url }, new AbortController().signal);
    world.turnstile = new Turnstile(dialled.socket, world.happenings.happened);
    world.#link = new ExecutorLink({
      dialled,
      environmentId: ENVIRONMENT,
      registrationId: 'reg-1',
      identity: world.#identity,
      handshakes: inlineHandshakes(primitives),
      validate: (applicant) => world.#validate(applicant),
      accept,
      log: (event) => {
        world.log.push(event);
        world.happenings.happened();
      },
      now: () => world.time,
    });
    world.#end = await world.#rendezvous.link(0);
    world.#upgradeBytes = world.#end.bytesRead;
    return world;
  }

  /** The rendezvous's end of it. */
  get link(): ExecutorEnd {
    return this.#end;
  }

  get ended(): ExecutorLink['ended'] {
    return this.#link.ended;
  }

  harness(): Harness {
    return new Harness((key) => this.#bundle(key), this.secrets);
  }

  /** All that the turnstile has let through is here. */
  async arrived(): Promise<void> {
    await this.happenings.until(() => this.link.bytesRead === this.#upgradeBytes + this.turnstile.bytes);
  }

  /** So many questions have come that were held. */
  async heldAre(count: number): Promise<void> {
    await this.happenings.until(() => this.held.length >= count);
  }

  /** Reasons of handshakes that came to nothing, in order. */
  get reasons(): string[] {
    return eventsOf(this.log, 'handshakeDiagnostic').map(({ reason }) => reason);
  }

  /** How many events of one kind there were. */
  told(name: LifecycleEvent['event']): number {
    return eventsOf(this.log, name).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.close();
    await this.#rendezvous[Symbol.asyncDispose]();
    const spotted = this.secrets.spottedIn(...this.log);
    if (spotted.length > 0) throw new Error(`the link has told ${spotted.join(', ')}`);
  }

  #bundle(_: PublicKey): Bundle {
    const authorization = `authorization-${randomBytes(24).toString('base64')}`;
    this.secrets.keep('an authorization', authorization);
    const place = { environmentId: ENVIRONMENT, executorRegistrationId: 'reg-1' };
    return { ...place, executorKey: this.#identity.publicKey, authorization };
  }

  async #validate(applicant: Applicant): Promise<boolean> {
    if (!this.holds) return this.lets(applicant);
    return new Promise((answer) => {
      this.held.push({ applicant, answer });
      this.happenings.happened();
    });
  }
}
