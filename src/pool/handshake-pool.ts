/**
 * The Piscina pool for handshakes. With ML-KEM in JavaScript both ends of one need some 8 ms, for which no output of any process
 * may wait.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { NoiseError } from '../noise/errors.js';
import { type Handshakes, handshakesClosed } from '../noise/handshakes.js';
import { type Received, type Requested, wipeHandshake } from '../noise/hybrid-ik.js';
import type { Question } from '../noise/initiator.js';
import type { KeyPair } from '../noise/key-pair.js';
import type { ChannelPlace } from '../noise/prologue.js';
import type { HandshakeOutcome, HandshakeStep, HandshakeTasks } from './handshake-calls.js';
import { parcelOf, wipeBytes } from './parcel.js';

/** More would take from a machine what its commands need. Source: our own. */
const MOST_WORKERS = 2;
/** With so many steps waiting for one thread, another begins: it needs longer to start than they need, and takes 20 MiB. Source: our measurements. */
const STEPS_PER_WORKER = 32;
/** A thread ends after so long without work: handshakes are rare. */
const IDLE_MS = 30_000;

/** No thread runs before the first step, and none keeps the program alive beyond the last. */
export class HandshakePool implements Handshakes {
  #pool: Piscina | undefined;
  #closed = false;

  identity() {
    return this.#run('identity', undefined);
  }

  receive(identity: KeyPair, place: ChannelPlace, request: Uint8Array) {
    return this.#run('receive', { identity, place, request });
  }

  accept(received: Received) {
    return this.#usingUp(received, 'accept', { received });
  }

  reject(received: Received) {
    return this.#usingUp(received, 'reject', { received });
  }

  request(question: Question) {
    return this.#run('request', question);
  }

  finish(identity: KeyPair, requested: Requested, response: Uint8Array) {
    return this.#usingUp(requested, 'finish', { identity, requested, response });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  /** The task is copied before `#run` gives back its promise. */
  #usingUp<S extends HandshakeStep>(state: Received | Requested, step: S, task: HandshakeTasks[S]['task']) {
    const result = this.#run(step, task);
    wipeHandshake(state);
    return result;
  }

  async #run<S extends HandshakeStep>(step: S, task: HandshakeTasks[S]['task']): Promise<HandshakeTasks[S]['result']> {
    if (this.#closed) throw handshakesClosed();
    this.#pool ??= this.#start();
    const { contents, memory } = parcelOf(task);
    let outcome: HandshakeOutcome<HandshakeTasks[S]['result']>;
    try {
      outcome = await this.#pool.run(contents, { name: step, transferList: [...memory] });
    } catch (cause) {
      // It may have been waiting; a thread that died was to overwrite what it had.
      wipeBytes(contents);
      throw this.#closed ? handshakesClosed() : handshakeLost(cause as Error);
    }
    if ('failure' in outcome) throw new NoiseError(outcome.failure.code, outcome.failure.message);
    return outcome.done;
  }

  #start(): Piscina {
    const pool = new Piscina({
      filename: new URL('../workers/handshakes.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.min(availableParallelism(), MOST_WORKERS),
      concurrentTasksPerWorker: STEPS_PER_WORKER,
      idleTimeout: IDLE_MS,
      recordTiming: false,
      trackUnmanagedFds: false,
    });
    // A thread that dies without a task says so here; without a listener that would end the program.
    pool.on('error', () => {});
    // A thread is still counted while it is told that it ends.
    pool.on('workerDestroy', () => queueMicrotask(() => this.#giveUpDesertedBy(pool)));
    return pool;
  }

  /** Steps that wait while no thread is left would wait for ever: only a new step starts a thread. */
  #giveUpDesertedBy(pool: Piscina): void {
    if (pool.threads.length > 0 || pool.queueSize === 0) return;
    if (this.#pool === pool) this.#pool = undefined;
    void pool.destroy();
  }
}

const handshakeLost = (cause: Error) => new Error(`the handshake was lost: ${cause.message}`, { cause });
