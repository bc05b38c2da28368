import type { EnvironmentInfo } from '../protocol/environment.js';
import { METHOD_NOT_FOUND, SESSION_ATTACHED } from '../protocol/errors.js';
import { ENVIRONMENT_INFO_TIMEOUT_MS, INITIALIZE_TIMEOUT_MS } from '../protocol/limits.js';
import type { Method, MethodParams, MethodResults } from '../protocol/methods.js';
import { PROCESS_END } from '../protocol/process-end.js';
import type { Accept } from '../transport/connection.js';
import { FinalDialError } from '../transport/dial-error.js';
import {
  aborted,
  clientClosed,
  connectFailed,
  disconnected,
  FarhandError,
  RefusedError,
  sessionLost,
  TransportError,
} from './errors.js';
import { type CallOptions, Link, type LinkEvents } from './link.js';
import { type Recovery, type RecoveryEffect, type RecoveryInput, stepRecovery } from './recovery.js';
import type { DialOptions, Target } from './target.js';

/** What a session needs from whoever follows its processes. */
export interface SessionEvents extends Pick<LinkEvents, 'notified'> {
  /** The session was resumed on this link: ask it for what was missed. Rejects when the link does not last. */
  catchUp(link: Link): Promise<void>;
  /** The session is over; nothing of it can be reached any more. */
  failed(error: Error): void;
  changed(state: ClientState): void;
}

/**
 * - `connecting`: a first or fresh session is being opened.
 * - `connected`: operations go through.
 * - `recovering`: the connection was lost; operations wait, processes run on.
 * - `failed`: the session is lost; the next operation opens a fresh one.
 * - `closed`: by `close()`; final.
 */
export type ClientState = Recovery['state'];

export interface SessionCallOptions extends CallOptions {
  /** Repeat when the connection is lost before the answer: only for requests that do no harm twice. */
  readonly repeat?: boolean;
  /** The request concerns something of the session as it is: never open a fresh one for it. */
  readonly sameSession?: boolean;
}

interface Waiter {
  admit(link: Link): void;
  refuse(error: Error): void;
}

/** What `initialize` sends as `clientName`. */
const CLIENT_NAME = 'farhand';

/** A link that ends sooner after a resume is no reason to dial again at once. */
const BRIEF_LINK_MS = 20;

/** One session with an executor, carried by one link after the other. Does what the recovery machine says. */
export class Session {
  readonly #target: Target;
  readonly #events: SessionEvents;
  #recovery: Recovery = { state: 'failed', message: 'not connected yet' };
  #link: Link | undefined;
  /** When the present link resumed the session; undefined for the link that began it. */
  #resumedAt: number | undefined;
  #environment: EnvironmentInfo | undefined;
  #attempt: AbortController | undefined;
  #attemptDone: Promise<void> | undefined;
  #attemptError: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  readonly #waiters = new Set<Waiter>();
  #holds = 0;

  constructor(target: Target, events: SessionEvents) {
    this.#target = target;
    this.#events = events;
  }

  get state(): ClientState {
    return this.#recovery.state;
  }

  get sessionId(): string | undefined {
    return 'sessionId' in this.#recovery ? this.#recovery.sessionId : undefined;
  }

  get environment(): EnvironmentInfo | undefined {
    return this.#environment;
  }

  /**
   * A link with the session on it; waits for a recovery under way, and opens a fresh session after a failure.
   * Errors: `CONNECT_FAILED`, `REFUSED`, `LIMIT_REACHED` or `TIMED_OUT` when a fresh session cannot be opened; `SESSION_LOST`,
   * `CLIENT_CLOSED`, `ABORTED`.
   */
  ready({ signal, sameSession = false }: Pick<SessionCallOptions, 'signal' | 'sameSession'> = {}): Promise<Link> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted('waiting for the executor', signal));
      if (this.#link !== undefined) return resolve(this.#link);
      if (this.#recovery.state === 'closed') return reject(clientClosed());
      if (sameSession && this.#recovery.state !== 'recovering') return reject(sessionLost(this.#lossMessage));

      const leave = () => {
        signal?.removeEventListener('abort', abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        admit(link) {
          leave();
          resolve(link);
        },
        refuse(error) {
          leave();
          reject(error);
        },
      };
      const abort = () => waiter.refuse(aborted('waiting for the executor', signal as AbortSignal));
      signal?.addEventListener('abort', abort);
      this.#waiters.add(waiter);
      this.#step({ type: 'wanted' });
    });
  }

  /** A call on whatever link is there, now or after a recovery. Errors: those of `ready` and of `Link.call`. */
  call<M extends Method>(
    method: M,
    params: MethodParams[M],
    options: SessionCallOptions = {},
  ): Promise<MethodResults[M]> {
    return this.onLink((link) => link.call(method, params, options), options);
  }

  /** The same for what takes more than one call, all on one link. Errors: those of `ready` and of `act`. */
  async onLink<T>(
    act: (link: Link) => Promise<T>,
    { repeat = false, ...options }: Pick<SessionCallOptions, 'signal' | 'repeat' | 'sameSession'> = {},
  ): Promise<T> {
    let wait = options;
    for (;;) {
      const link = await this.ready(wait);
      // Ended since it was given out: nothing was sent yet, so anything may go on to the next one.
      if (!link.isOpen) continue;
      try {
        return await act(link);
      } catch (error) {
        const lostOnTheWay = error instanceof TransportError && error.code === 'DISCONNECTED';
        if (!repeat || !lostOnTheWay) throw error;
        wait = { ...options, sameSession: true };
      }
    }
  }

  /**
   * Stops taking messages, answers included, until the hold is given up. Returns the way to do that, once.
   * A recovery does not wait: what it brings is bounded by what the executor keeps.
   */
  hold(): () => void {
    this.#holds += 1;
    if (this.#holds === 1) this.#link?.pause();
    return () => {
      this.#holds -= 1;
      if (this.#holds === 0) this.#link?.resume();
    };
  }

  /** Ends everything at once; idempotent. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#step({ type: 'close' });
    this.#refuseWaiters(clientClosed());
    await Promise.all([link?.close('closed by this side'), this.#attemptDone]);
    await this.#target.close?.();
  }

  get #lossMessage(): string {
    return this.#recovery.state === 'failed' ? this.#recovery.message : 'the session is no longer there';
  }

  #step(input: RecoveryInput): void {
    const before = this.#recovery.state;
    const [next, effects] = stepRecovery(this.#recovery, input);
    this.#recovery = next;
    for (const effect of effects) this.#do(effect);
    if (next.state === before) return;
    if (next.state === 'failed') this.#refuseWaiters(this.#attemptError ?? sessionLost(next.message));
    this.#events.changed(next.state);
  }

  #do(effect: RecoveryEffect): void {
    switch (effect.do) {
      case 'attempt':
        this.#attemptDone = this.#makeAttempt(effect.resume);
        return;
      case 'stopAttempts':
        clearTimeout(this.#retry);
        this.#attempt?.abort();
        return;
      case 'retry':
        this.#retry = setTimeout(() => this.#step({ type: 'retryDue' }), this.#target.redial?.delayMs(effect.failed));
        return;
      case 'deadlineIn':
        this.#deadline = setTimeout(() => this.#step({ type: 'deadline' }), effect.ms);
        return;
      case 'clearDeadline':
        clearTimeout(this.#deadline);
        return;
      case 'failSession': {
        const error = sessionLost(effect.message);
        this.#attemptError = error;
        this.#events.failed(error);
        return;
      }
    }
  }

  /** Never rejects: its outcome goes to the machine, unless it was broken off. Resolves when nothing of a failed one is left. */
  async #makeAttempt(resume: string | undefined): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let link: Link | undefined;
    try {
      const dialled = await this.#dial({ signal: attempt.signal, resuming: resume !== undefined });
      link = dialled;
      attempt.signal.throwIfAborted();
      attempt.signal.addEventListener('abort', () => void dialled.close('given up'));
      const sessionId = await this.#open(dialled, resume);
      if (!dialled.isOpen) throw connectFailed(this.#target.name, 'the connection ended at once');
      this.#link = dialled;
      if (this.#holds > 0) dialled.pause();
      this.#attemptError = undefined;
      this.#resumedAt = resume === undefined ? undefined : performance.now();
      this.#step({ type: 'up', sessionId });
      for (const waiter of [...this.#waiters]) waiter.admit(dialled);
    } catch (error) {
      const closed = link?.close('the session could not be opened');
      if (!attempt.signal.aborted) {
        this.#attemptError = error as Error;
        this.#step({ type: 'down', cause: (error as Error).message, worthAnotherTry: isWorthAnotherTry(error) });
      }
      await closed;
    }
  }

  async #dial(options: DialOptions): Promise<Link> {
    const events: LinkEvents = {
      notified: (from, notification) => this.#events.notified(from, notification),
      lost: (lostLink, reason) => this.#lost(lostLink, reason),
    };
    try {
      return await new Promise((resolve, reject) => {
        const accept: Accept = (connection) => {
          const link = new Link(connection, events);
          resolve(link);
          return link;
        };
        this.#target.dial(accept, options).catch(reject);
      });
    } catch (cause) {
      throw connectFailed(this.#target.name, (cause as Error).message, cause);
    }
  }

  /** Out: the session's id, if the executor has sessions. */
  async #open(link: Link, resume: string | undefined): Promise<string | undefined> {
    const params = { clientName: CLIENT_NAME, resumeSessionId: resume ?? null, extensions: [PROCESS_END] };
    const { sessionId, environmentInfo } = await link.call('initialize', params, { timeoutMs: INITIALIZE_TIMEOUT_MS });
    if (resume !== undefined && sessionId !== resume) {
      throw sessionLost(`exec-server initialized an unexpected session ${sessionId}`);
    }
    link.notify('initialized', {});
    if (resume === undefined) this.#environment = environmentInfo ?? (await askEnvironment(link));
    else await this.#events.catchUp(link);
    return sessionId ?? undefined;
  }

  #lost(link: Link, reason: string): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    const brief = this.#resumedAt !== undefined && performance.now() - this.#resumedAt < BRIEF_LINK_MS;
    const deadlineMs = this.#target.redial?.deadlineMs;
    this.#step({ type: 'lost', loss: disconnected(reason).message, deadlineMs, brief });
  }

  #refuseWaiters(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }
}

/** Old executors do not tell their environment with `initialize`; very old ones not at all. */
async function askEnvironment(link: Link): Promise<EnvironmentInfo | undefined> {
  try {
    return await link.call('environment/info', null, { timeoutMs: ENVIRONMENT_INFO_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof RefusedError && error.rpcCode === METHOD_NOT_FOUND) return undefined;
    throw error;
  }
}

/**
 * Worth another try: no way to the executor, no answer in time, lost again, or a session that an old connection still
 * holds (it lets go as soon as the executor notices that this one is dead). Any other refusal will not change, nor will a dial
 * that was final.
 */
function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof RefusedError) return error.rpcCode === SESSION_ATTACHED;
  if (!(error instanceof FarhandError) || error.cause instanceof FinalDialError) return false;
  return error.code === 'CONNECT_FAILED' || error.code === 'DISCONNECTED' || error.code === 'TIMED_OUT';
}
