import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CredentialSource } from '../credentials/source.js';
import { asksWhole } from '../http/ask-whole.js';
import { Trust } from '../http/trust.js';
import { Upstreams } from '../http/upstreams.js';
import { dialRelay } from '../links/dial-relay.js';
import { initiatorChannel } from '../noise/channel.js';
import type { Handshakes } from '../noise/handshakes.js';
import { wipeHandshake } from '../noise/hybrid-ik.js';
import { type KeyPair, wipeKeyPair } from '../noise/key-pair.js';
import { type PublicKey, samePublicKey } from '../noise/public-key.js';
import { openHandshakes } from '../pool/open-handshakes.js';
import { HANDSHAKE_ANSWER_MS, REGISTRY_ANSWER_BYTES } from '../protocol/limits.js';
import type { RegistryPlace } from '../registry/base-url.js';
import { Registry } from '../registry/client.js';
import { asStreamId, type StreamId } from '../relay/stream-id.js';
import type { Accept, Connection } from '../transport/connection.js';
import { FinalDialError } from '../transport/dial-error.js';
import { executorKeyChanged } from './errors.js';
import { HarnessLink } from './harness-link.js';
import { FirstConnectPatience, isFinal } from './patience.js';

export interface EnvironmentRouteOptions {
  readonly place: RegistryPlace;
  readonly credentials: CredentialSource;
  /** Proxies and authorities; by default those of this program. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long an executor has to answer a handshake. */
  readonly answerMs?: number | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** What computes the handshakes; closed with the route. */
  readonly openHandshakes?: (() => Promise<Handshakes>) | undefined;
}

/** Who we are, and what computes with it. */
interface Self {
  readonly handshakes: Handshakes;
  readonly identity: KeyPair;
}

/** How error texts name the executor. */
const PEER = 'exec-server environment';

/**
 * The way to one environment, for one client: the same identity as long as it lives, and for each connection a bundle of the
 * registry, a link to the rendezvous and a stream of its own. There is no other way than an encrypted one.
 *
 *   registry ──bundle──► rendezvous ──link──► handshake with the executor ──► stream
 */
export class EnvironmentRoute {
  readonly #options: EnvironmentRouteOptions;
  readonly #trust: Trust;
  readonly #upstreams: Upstreams;
  readonly #registry: Registry;
  readonly #links = new Set<HarnessLink>();
  #self: Promise<Self> | undefined;
  /** Of the executor that has the session. */
  #executorKey: PublicKey | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EnvironmentRouteOptions) {
    const { place, credentials, environment = process.env } = options;
    this.#options = options;
    this.#trust = new Trust(environment);
    // No connection is kept: none of the calls may be made twice.
    this.#upstreams = new Upstreams(environment, this.#trust, { keeps: false, loopbackIsDirect: true });
    this.#registry = new Registry({ place, credentials, ask: asksWhole(this.#upstreams, REGISTRY_ANSWER_BYTES) });
  }

  /**
   * A stream of the executor. `resuming`: one attempt, and only to the executor that had the last stream; else with some patience,
   * to whichever executor there is.
   * Errors: `FinalDialError` where another attempt is no use, its cause telling why; `RegistryError`, `RelayDialError`,
   * `HandshakeError`, `NoiseError`; the signal's reason. None of them holds a secret.
   */
  async dial(
    accept: Accept,
    { signal, resuming }: { readonly signal: AbortSignal; readonly resuming: boolean },
  ): Promise<Connection> {
    try {
      return resuming ? await this.#attempt(accept, signal, true) : await this.#first(accept, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FinalDialError || !isFinal(error)) throw error;
      throw new FinalDialError((error as Error).message, { cause: error });
    }
  }

  /** Nothing is dialled any more; what is open ends. Resolves when nothing of it is left. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #first(accept: Accept, signal: AbortSignal): Promise<Connection> {
    const { sleep = (ms, sleepSignal) => setTimeout(ms, undefined, { signal: sleepSignal }) } = this.#options;
    const patience = new FirstConnectPatience(Math.random);
    const began = performance.now();
    for (;;) {
      try {
        return await this.#attempt(accept, signal, false);
      } catch (error) {
        signal.throwIfAborted();
        const wait = patience.waitAfter(error, performance.now() - began);
        if (wait === undefined) throw error;
        await sleep(wait, signal);
      }
    }
  }

  async #attempt(accept: Accept, signal: AbortSignal, resuming: boolean): Promise<Connection> {
    const { place, answerMs = HANDSHAKE_ANSWER_MS } = this.#options;
    const { handshakes, identity } = await this.#knownSelf();
    const { url, registrationId, executorKey, authorization } = await this.#registry.connect(
      identity.publicKey,
      signal,
    );
    if (resuming && this.#executorKey !== undefined && !samePublicKey(executorKey, this.#executorKey)) {
      throw executorKeyChanged();
    }
    const streamId = asStreamId(randomUUID());
    const link = await this.#open(url, streamId, signal);
    const abandon = () => link.close();
    signal.addEventListener('abort', abandon);
    try {
      signal.throwIfAborted();
      const { message, requested } = await handshakes.request({
        identity,
        responder: executorKey,
        place: { environmentId: place.environmentId, executorRegistrationId: registrationId, streamId },
        authorization,
      });
      const response = await link.ask(message, answerMs).catch((error: unknown) => {
        wipeHandshake(requested);
        throw error;
      });
      const keys = await handshakes.finish(identity, requested, response);
      const connection = link.carry(initiatorChannel(keys), accept);
      this.#executorKey = executorKey;
      return connection;
    } catch (error) {
      link.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #open(url: string, streamId: StreamId, signal: AbortSignal): Promise<HarnessLink> {
    const secureContext = await this.#trust.context();
    const dialled = await dialRelay({ url, secureContext }, signal);
    const link = new HarnessLink({ dialled, streamId, peer: PEER });
    this.#links.add(link);
    void link.ended.then(() => this.#links.delete(link));
    return link;
  }

  #knownSelf(): Promise<Self> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the way to the environment is closed'));
    this.#self ??= newSelf(this.#options.openHandshakes).catch((error: unknown) => {
      this.#self = undefined;
      throw error;
    });
    return this.#self;
  }

  async #close(): Promise<void> {
    for (const link of this.#links) link.close();
    await Promise.all([...this.#links].map(({ ended }) => ended));
    this.#upstreams.close();
    const self = await this.#self?.catch(() => undefined);
    if (self === undefined) return;
    wipeKeyPair(self.identity);
    await self.handshakes.close();
  }
}

async function newSelf(open = openHandshakes): Promise<Self> {
  const handshakes = await open();
  try {
    return { handshakes, identity: await handshakes.identity() };
  } catch (error) {
    await handshakes.close();
    throw error;
  }
}
