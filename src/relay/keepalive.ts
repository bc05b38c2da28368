import { RELAY_PING_MS, RELAY_PONG_MS, RELAY_SILENCE_MS, RELAY_WRITE_MS } from '../protocol/limits.js';

export type KeepaliveVerdict =
  /** Write a ping; `pingWritten` once it is. */
  | 'ping'
  /** The link has ended. */
  | 'pong_timeout'
  | 'write_error';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * When a link to a rendezvous is given up. Source: 0.169.0, but for silence. Times are milliseconds of a clock that never goes back.
 *
 *   0      30      60      90         seconds since the link opened
 *          ping    -       pong_timeout         no ping while one is unanswered, 60 s for a pong
 *          ping p  ping p  ping                 any pong will do
 *          ping  ^ 50: pong_timeout             where nothing comes at all
 *
 * A write has until the pong is due, or else 60 s from when those before it were done.
 */
export class LinkKeepalive {
  #pingAt: number;
  /** A ping was called for, and no pong has come since. */
  #asked = false;
  #pongBy = NEVER;
  #heardAt: number;
  /** Something has to come by then, whatever it is. */
  #signBy = NEVER;
  #unfinishedWrites = 0;
  #writeBy = NEVER;

  constructor(now: number) {
    this.#pingAt = now + RELAY_PING_MS;
    this.#heardAt = now;
  }

  /** When `tick` has something to say. */
  get deadline(): number {
    return Math.min(this.#pingAt, this.#pongBy, this.#signBy, this.#writeBy);
  }

  tick(now: number): KeepaliveVerdict | undefined {
    if (now >= this.#pongBy || now >= this.#signBy) return 'pong_timeout';
    if (now >= this.#writeBy) return 'write_error';
    if (now < this.#pingAt) return undefined;
    // Missed rounds are not made up for.
    this.#pingAt += RELAY_PING_MS * (1 + Math.floor((now - this.#pingAt) / RELAY_PING_MS));
    if (this.#asked) return undefined;
    this.#asked = true;
    // Whoever did not run for a while, and so heard nothing, has to ask first.
    this.#signBy = Math.max(this.#heardAt + RELAY_SILENCE_MS, now + RELAY_SILENCE_MS - RELAY_PING_MS);
    return 'ping';
  }

  /** The ping has left. */
  pingWritten(now: number): void {
    if (this.#asked) this.#pongBy = now + RELAY_PONG_MS;
  }

  /** Something has come: a message, a ping or a pong. */
  heard(now: number): void {
    this.#heardAt = now;
    if (this.#asked) this.#signBy = now + RELAY_SILENCE_MS;
  }

  ponged(): void {
    this.#asked = false;
    this.#pongBy = NEVER;
    this.#signBy = NEVER;
  }

  /** Something is given to the socket, a ping too. */
  writing(now: number): void {
    this.#unfinishedWrites += 1;
    if (this.#unfinishedWrites === 1) this.#writeBy = this.#writeDeadline(now);
  }

  /** The kernel has taken the oldest of it. */
  written(now: number): void {
    this.#unfinishedWrites -= 1;
    this.#writeBy = this.#unfinishedWrites === 0 ? NEVER : this.#writeDeadline(now);
  }

  #writeDeadline(now: number): number {
    return Math.min(this.#pongBy, now + RELAY_WRITE_MS);
  }
}
