import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CredentialError } from '../credentials/errors.js';
import { fixedBearer } from '../credentials/fixed-bearer.js';
import { checkTokenUrl } from '../credentials/hosts.js';
import type { CredentialSource } from '../credentials/source.js';
import { asksWhole } from '../http/ask-whole.js';
import { Trust } from '../http/trust.js';
import { Upstreams } from '../http/upstreams.js';
import { type DialledRelay, dialRelay, RelayDialError } from '../links/dial-relay.js';
import type { Handshakes } from '../noise/handshakes.js';
import type { KeyPair } from '../noise/key-pair.js';
import { openHandshakes } from '../pool/open-handshakes.js';
import { REGISTRY_ANSWER_BYTES } from '../protocol/limits.js';
import type { Registration } from '../registry/answers.js';
import { type RegistryPlace, registryPlace } from '../registry/base-url.js';
import { Registry } from '../registry/client.js';
import { RegistryError } from '../registry/errors.js';
import { registerUntilAnswered } from '../registry/registration.js';
import { isReregistrationRetried } from '../registry/retry.js';
import { RendezvousBackoff } from '../relay/backoff.js';
import type { Accept } from '../transport/connection.js';
import { contained, type Fault, warnOfFault } from '../transport/contained.js';
import { type EndedLink, ExecutorLink } from './executor-link.js';
import { knownRejectionReason, type LifecycleEvent } from './lifecycle.js';

export interface RemoteExecutorOptions {
  /** http or https; without user, password, query and fragment. */
  readonly registryUrl: string;
  readonly environmentId: string;
  /** Who this executor says that it is. */
  readonly credentials: CredentialSource;
  /** What serves a stream: `accept` of an `Executor`. */
  readonly accept: Accept;
  /** How many harnesses at once; by default, and at most, 128. Further ones are refused. */
  readonly streams?: number | undefined;
  /** Proxies and authorities for the registry; by default those of this program. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told what happens; never a secret. */
  readonly log?: ((event: LifecycleEvent) => void) | undefined;
  /** Told what `accept`, the owners that it names, and `log` throw, which ends a stream at most. By default a warning of Node's. */
  readonly fault?: Fault | undefined;
}

/**
 * An executor that nobody can dial: it registers, dials out to the rendezvous, and serves every harness that the registry lets in,
 * end to end encrypted. Its identity is made anew for each, and lives as long.
 *
 *   register ──► dial ──► link ──► its end, or a failure ──► wait ──► dial again
 *      ▲                                   │
 *      └───────── the URL is refused ──────┘
 *
 * ```ts
 * await using executor = new Executor();
 * const { accept } = executor;
 * const remote = RemoteExecutor.withBearerToken({ registryUrl: 'https://relay.example', environmentId: 'build-7', token, accept });
 * await remote.run(AbortSignal.timeout(60_000));
 * ```
 */
export class RemoteExecutor {
  readonly #options: RemoteExecutorOptions;
  readonly #place: RegistryPlace;
  readonly #accept: Accept;
  readonly #log: (event: LifecycleEvent) => void;

  /** Errors: RegistryError `configuration`. */
  constructor(options: RemoteExecutorOptions) {
    this.#options = options;
    this.#place = registryPlace(options.registryUrl, options.environmentId);
    const { accept, log, fault = warnOfFault } = options;
    this.#accept = contained(accept, fault);
    this.#log = (event) => {
      try {
        log?.(event);
      } catch (error) {
        fault(error);
      }
    };
  }

  /** With a token that stays as it is. Errors: RegistryError `configuration`; CredentialError for http to another machine. */
  static withBearerToken({
    token,
    ...options
  }: Omit<RemoteExecutorOptions, 'credentials'> & { readonly token: string }): RemoteExecutor {
    checkTokenUrl(options.registryUrl);
    return new RemoteExecutor({ ...options, credentials: fixedBearer(token) });
  }

  /**
   * Serves until the signal; then every stream is reset, the link closed, and it resolves. Sessions are the executor's, and outlive
   * links. Errors: what no further attempt would heal (RegistryError, CredentialError).
   */
  async run(signal: AbortSignal): Promise<void> {
    const { environment = process.env, credentials } = this.#options;
    const trust = new Trust(environment);
    const upstreams = new Upstreams(environment, trust, { keeps: false, loopbackIsDirect: true });
    const registry = new Registry({
      place: this.#place,
      credentials,
      ask: asksWhole(upstreams, REGISTRY_ANSWER_BYTES),
    });
    const handshakes = await openHandshakes();
    const broken = new AbortController();
    const stop = () => broken.abort(signal.reason);
    const fail = (error: unknown) => broken.abort(new Fatal(error));
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', stop);
      await this.#serve({ registry, handshakes, trust, fail }, broken.signal);
    } catch (error) {
      const { reason } = broken.signal;
      if (reason instanceof Fatal) throw reason.cause;
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      upstreams.close();
      await handshakes.close();
    }
  }

  async #serve(means: Means, signal: AbortSignal): Promise<void> {
    const identity = await means.handshakes.identity();
    const backoff = new RendezvousBackoff(Math.random);
    let registration = await this.#register(means, identity, signal);
    for (let connectionAttempt = 1; ; connectionAttempt += 1) {
      const requestId = `req_${randomBytes(16).toString('hex')}`;
      let dialled: DialledRelay;
      try {
        const secureContext = await means.trust.context();
        dialled = await dialRelay(
          { url: registration.url, headers: { 'x-request-id': requestId }, secureContext },
          signal,
        );
      } catch (error) {
        if (!(error instanceof RelayDialError)) throw error;
        this.#log(connectFailed(error, { requestId, connectionAttempt }));
        const status = error.detail.httpStatus ?? 0;
        if (status >= 400 && status < 500) registration = await this.#registerAgain(means, identity, backoff, signal);
        await setTimeout(backoff.failed(), undefined, { signal });
        continue;
      }
      this.#log({ event: 'connected', requestId, connectionAttempt });
      const ended = await this.#serveLink(means, identity, registration, dialled, signal);
      this.#log({ event: 'disconnected', reason: ended.reason, requestId, connectionAttempt });
      signal.throwIfAborted();
      await setTimeout(backoff.disconnected(ended), undefined, { signal });
    }
  }

  async #serveLink(
    { registry, handshakes, fail }: Means,
    identity: KeyPair,
    { registrationId }: Registration,
    dialled: DialledRelay,
    signal: AbortSignal,
  ): Promise<EndedLink> {
    const link = new ExecutorLink({
      dialled,
      environmentId: this.#place.environmentId,
      registrationId,
      identity,
      handshakes,
      validate: async (applicant, linkSignal) => {
        try {
          return await registry.validate(applicant, linkSignal);
        } catch (error) {
          // Whoever we were, we are no more.
          if (error instanceof CredentialError && error.code === 'changed') fail(error);
          throw error;
        }
      },
      accept: this.#accept,
      streams: this.#options.streams,
      log: this.#log,
      now: () => performance.now(),
    });
    const close = () => void link.close();
    if (signal.aborted) close();
    else signal.addEventListener('abort', close);
    try {
      return await link.ended;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #register({ registry }: Means, identity: KeyPair, signal: AbortSignal): Promise<Registration> {
    const registration = await registerUntilAnswered(
      () => registry.register(identity.publicKey, signal),
      {
        random: Math.random,
        sleep: (ms, sleepSignal) => setTimeout(ms, undefined, { signal: sleepSignal }),
        onRetry: (retry) => this.#log({ event: 'registrationRetry', ...retry }),
      },
      signal,
    );
    this.#log({ event: 'registered' });
    return registration;
  }

  /** What passes by itself must not end an executor that has processes to look after. */
  async #registerAgain(
    means: Means,
    identity: KeyPair,
    backoff: RendezvousBackoff,
    signal: AbortSignal,
  ): Promise<Registration> {
    for (;;) {
      try {
        return await this.#register(means, identity, signal);
      } catch (error) {
        if (!isReregistrationRetried(error)) throw error;
        const delayMs = backoff.failed();
        const status = error instanceof RegistryError ? error.refusal?.status : undefined;
        this.#log({ event: 'reregistrationFailed', status, delayMs });
        await setTimeout(delayMs, undefined, { signal });
      }
    }
  }
}

function connectFailed(
  { kind, detail }: RelayDialError,
  attempt: { readonly requestId: string; readonly connectionAttempt: number },
): LifecycleEvent {
  const { httpStatus, ioErrorKind } = detail;
  const rejectionReason = knownRejectionReason(detail.rejectionReason);
  return {
    event: 'connectFailed',
    ...attempt,
    errorKind: kind,
    ...(httpStatus !== undefined && { httpStatus }),
    ...(ioErrorKind !== undefined && { ioErrorKind }),
    ...(rejectionReason !== undefined && { rejectionReason }),
  };
}

/** What one run works with. */
interface Means {
  readonly registry: Registry;
  readonly handshakes: Handshakes;
  readonly trust: Trust;
  /** Ends the run with this error. */
  readonly fail: (error: unknown) => void;
}

/** Carries an error that ends the run through an abort. */
class Fatal {
  constructor(readonly cause: unknown) {}
}
