import { R1_HEARTBEAT_MS } from '../protocol/limits.js';

/** Between the first heartbeats, which may be lost like everything else. Source: our own; a peer of 0.169.0 ignores them. */
const REPEATS_MS = [500, 1_000, 2_000, 4_000] as const;

/** When a heartbeat is due: a few while the peer may not have heard of us, then one after each long silence of ours. Milliseconds. */
export class Announcement {
  #lastSent: number;
  #repeats: readonly number[] = [];
  #repeatAt = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.#lastSent = now;
  }

  get deadline(): number {
    return Math.min(this.#repeatAt, this.#lastSent + R1_HEARTBEAT_MS);
  }

  /** Any frame of ours left. */
  sent(now: number): void {
    this.#lastSent = now;
  }

  /** The first heartbeat of a row leaves now. */
  begin(now: number): void {
    this.#repeats = REPEATS_MS;
    this.#plan(now);
  }

  /** The peer has heard of us. */
  heard(): void {
    this.#repeats = [];
    this.#repeatAt = Number.POSITIVE_INFINITY;
  }

  /** Whether a heartbeat leaves now. */
  tick(now: number): boolean {
    if (now < this.deadline) return false;
    if (now >= this.#repeatAt) this.#plan(now);
    return true;
  }

  #plan(now: number): void {
    const [wait, ...rest] = this.#repeats;
    this.#repeatAt = wait === undefined ? Number.POSITIVE_INFINITY : now + wait;
    this.#repeats = rest;
  }
}
