/**
 * Where the frames of one environment cross: each goes on as it came, to whom its stream belongs.
 *
 *     harness 1 ──► [share] ─┐
 *     harness 2 ──► [share] ─┼─ in turns ──► executor        a full share: that harness is not read
 *     harness 3 ──► [share] ─┘
 *
 *     harness 1 ◄── [queue] ◄┐
 *     harness 2 ◄── [queue] ◄┼── by stream ── executor       a full queue: the executor is not read;
 *     harness 3 ◄── [queue] ◄┘                               who does not empty it in time is cut
 *
 * The streams of an executor's link end with it, so its harnesses are let go then and come back by themselves.
 */
import {
  CHALLENGE_MS,
  HARNESS_PROGRESS_BYTES,
  HARNESS_STALL_MS,
  HELD_FOR_ENVIRONMENT_BYTES,
  HELD_FOR_EXECUTOR_BYTES,
  HELD_FOR_HARNESS_BYTES,
  RELAY_CONTROL_BYTES,
  RENDEZVOUS_HARNESSES,
  USELESS_FRAMES,
} from '../protocol/limits.js';
import { encodeFrame } from '../relay/frame-writer.js';
import type { StreamId } from '../relay/stream-id.js';
import type { KeyDigest } from './key-digest.js';
import type { Link, LinkEvents } from './link.js';
import { Outlet } from './outlet.js';
import { routedId } from './routed-id.js';
import type { RegistrationId } from './storage.js';
import { StreamRoutes } from './stream-routes.js';

export interface CrossingOptions {
  /** Harnesses at once. */
  readonly harnesses?: number;
  /** Runs `act` after so many ms, unless disposed of before. */
  readonly schedule?: (act: () => void, ms: number) => Disposable;
}

export interface ExecutorPass {
  readonly registration: RegistrationId;
  readonly key: KeyDigest;
}

interface Harness {
  readonly key: KeyDigest;
  readonly link: Link;
  readonly outlet: Outlet<'frames'>;
  uselessFrames: number;
  paused: boolean;
}

/** What goes to an executor: the frames of a harness, or resets of streams whose harness has gone. */
type ToExecutor = Harness | 'resets';

interface Executor extends ExecutorPass {
  readonly link: Link;
  readonly outlet: Outlet<ToExecutor>;
  uselessFrames: number;
  /** While it is not read: what cuts the harness that is to blame. */
  stall: Disposable | undefined;
}

export class Crossing {
  readonly #options: Required<CrossingOptions>;
  readonly #harnesses = new Set<Harness>();
  #routes = new StreamRoutes<Harness>();
  #executor: Executor | undefined;
  /** What is held for all harnesses. */
  #held = 0;

  constructor({ harnesses = RENDEZVOUS_HARNESSES, schedule = afterwards }: CrossingOptions = {}) {
    this.#options = { harnesses, schedule };
  }

  get executor(): ExecutorPass | undefined {
    return this.#executor;
  }

  get hasRoom(): boolean {
    return this.#harnesses.size < this.#options.harnesses;
  }

  get isEmpty(): boolean {
    return this.#executor === undefined && this.#harnesses.size === 0;
  }

  /** For gauges. */
  get counts() {
    return { harnesses: this.#harnesses.size, streams: this.#routes.size, heldBytes: this.#held };
  }

  /** Takes the place of the executor that is here. */
  attachExecutor(link: Link, { registration, key }: ExecutorPass): LinkEvents {
    this.#endExecutor('another link of the executor takes its place');
    const executor: Executor = {
      registration,
      key,
      link,
      outlet: new Outlet(link, (source) => this.#leftForExecutor(executor, source)),
      uselessFrames: 0,
      stall: undefined,
    };
    this.#executor = executor;
    return {
      message: (frame) => this.#fromExecutor(executor, frame),
      closed: () => {
        if (this.#executor === executor) this.#endExecutor();
      },
    };
  }

  /** To be asked for only while `executor` is here and `hasRoom`. */
  attachHarness(link: Link, key: KeyDigest): LinkEvents {
    const harness: Harness = {
      key,
      link,
      outlet: new Outlet(link, (_, cost) => this.#leftForHarness(harness, cost)),
      uselessFrames: 0,
      paused: false,
    };
    this.#harnesses.add(harness);
    return {
      message: (frame) => this.#fromHarness(harness, frame),
      closed: () => this.#endHarness(harness),
    };
  }

  /** Ends the executor's link if nobody is there any more. */
  challengeExecutor(): void {
    this.#executor?.link.challenge(CHALLENGE_MS);
  }

  close(reason: string): void {
    for (const harness of [...this.#harnesses]) this.#cut(harness, 1001, reason);
    this.#endExecutor(reason);
  }

  #fromHarness(harness: Harness, frame: Uint8Array): void {
    const executor = this.#executor;
    if (executor === undefined || !this.#harnesses.has(harness)) return;
    const id = routedId(frame);
    if (id === undefined) {
      this.#noUse(harness);
      return;
    }
    const claim = this.#routes.claim(harness, id);
    switch (claim.is) {
      case 'refused':
        this.#toHarness(harness, resetOf(id, 'stream_refused'));
        this.#noUse(harness);
        return;
      case 'takenOver':
        this.#cut(claim.from, 1008, 'the stream goes on over another link');
        break;
      case 'held':
      case 'claimed':
        break;
      default:
        claim satisfies never;
    }
    executor.outlet.push(harness, frame);
    if (harness.paused || executor.outlet.waiting(harness) <= HELD_FOR_EXECUTOR_BYTES) return;
    harness.paused = true;
    harness.link.pause();
  }

  #leftForExecutor(executor: Executor, source: ToExecutor): void {
    if (source === 'resets' || !source.paused || !this.#harnesses.has(source)) return;
    if (executor.outlet.waiting(source) > HELD_FOR_EXECUTOR_BYTES / 2) return;
    source.paused = false;
    source.link.resume();
  }

  #fromExecutor(executor: Executor, frame: Uint8Array): void {
    if (this.#executor !== executor) return;
    const id = routedId(frame);
    if (id === undefined) {
      executor.uselessFrames += 1;
      if (executor.uselessFrames > USELESS_FRAMES) this.#endExecutor('too many frames of no use');
      return;
    }
    const harness = this.#routes.ownerOf(id);
    // Its harness has gone, and the executor is just being told.
    if (harness === undefined) return;
    this.#toHarness(harness, frame);
    const isFull = harness.outlet.cost > HELD_FOR_HARNESS_BYTES || this.#held > HELD_FOR_ENVIRONMENT_BYTES;
    if (!isFull || executor.stall !== undefined) return;
    executor.link.pause();
    this.#awaitProgress(executor);
  }

  #toHarness(harness: Harness, frame: Uint8Array): void {
    this.#held += harness.outlet.push('frames', frame);
  }

  #leftForHarness(harness: Harness, cost: number): void {
    // What was held for one that has gone is not counted any more.
    if (!this.#harnesses.has(harness)) return;
    this.#held -= cost;
    this.#readAgain();
  }

  #readAgain(): void {
    const executor = this.#executor;
    if (executor?.stall === undefined || this.#held > HELD_FOR_ENVIRONMENT_BYTES - HARNESS_PROGRESS_BYTES) return;
    for (const { outlet } of this.#harnesses) {
      if (outlet.cost > HELD_FOR_HARNESS_BYTES - HARNESS_PROGRESS_BYTES) return;
    }
    executor.stall[Symbol.dispose]();
    executor.stall = undefined;
    executor.link.resume();
  }

  #awaitProgress(executor: Executor): void {
    executor.stall = this.#options.schedule(() => {
      this.#awaitProgress(executor);
      const [fullest] = [...this.#harnesses].sort((one, other) => other.outlet.cost - one.outlet.cost);
      if (fullest !== undefined) this.#cut(fullest, 1008, 'what is held for this end is not taken');
    }, HARNESS_STALL_MS);
  }

  #noUse(harness: Harness): void {
    harness.uselessFrames += 1;
    if (harness.uselessFrames > USELESS_FRAMES) this.#cut(harness, 1008, 'too many frames of no use');
  }

  #cut(harness: Harness, code: 1001 | 1008 | 1013, reason: string): void {
    this.#endHarness(harness);
    harness.link.close(code, reason);
  }

  #endHarness(harness: Harness): void {
    if (!this.#harnesses.delete(harness)) return;
    this.#held -= harness.outlet.cost;
    const streams = this.#routes.release(harness);
    const executor = this.#executor;
    executor?.outlet.drop(harness);
    for (const id of streams) executor?.outlet.push('resets', resetOf(id, 'harness_gone'));
    if (executor !== undefined && executor.outlet.waiting('resets') > RELAY_CONTROL_BYTES) {
      this.#endExecutor('resets are not taken');
    }
    this.#readAgain();
  }

  /** Its streams go with it. Without a reason it has gone by itself. */
  #endExecutor(reason?: string): void {
    const executor = this.#executor;
    if (executor === undefined) return;
    this.#executor = undefined;
    executor.stall?.[Symbol.dispose]();
    if (reason !== undefined) executor.link.close(1001, reason);
    for (const harness of [...this.#harnesses]) this.#cut(harness, 1013, 'the executor has gone');
    this.#routes = new StreamRoutes();
  }
}

const resetOf = (streamId: StreamId, reason: string): Uint8Array =>
  encodeFrame({ streamId, ack: 0, ackBits: 0, body: { kind: 'reset', reason } });

function afterwards(act: () => void, ms: number): Disposable {
  const timer = setTimeout(act, ms).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
