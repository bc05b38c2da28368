/**
 * The helpers of one executor: who serves what, and when one has to go.
 *
 *   open ──► serving ──► retired ──► ending ──► gone
 *              │ new requests          │ told to end, once nothing is under way in it and no file is open
 *              └───────────────────────┘ too old, asked too often, quiet for too long, one too many, or its sandbox is out of date
 *
 * Pure: times come in as milliseconds of a clock that does not go back. After every change `settle` says who is to be told to end.
 */
import {
  SANDBOX_HELPER_AGE_MS,
  SANDBOX_HELPER_IDLE_MS,
  SANDBOX_HELPER_REQUESTS,
  SANDBOX_HELPERS,
  SANDBOX_HELPERS_AT_MOST,
} from '../protocol/limits.js';

/** Never used twice. */
export type HelperId = number;

interface Entry {
  readonly id: HelperId;
  /** Session and policy: what it serves. */
  readonly key: string;
  readonly session: string;
  readonly bornMs: number;
  phase: 'serving' | 'retired' | 'ending';
  quietSinceMs: number;
  asked: number;
  underWay: number;
  files: number;
}

export class HelperTable {
  readonly #entries = new Map<HelperId, Entry>();
  #nextId = 1;

  get size(): number {
    return this.#entries.size;
  }

  /** Some will be gone soon. */
  get someAreEnding(): boolean {
    return this.#in('ending').length > 0;
  }

  /** Who takes new requests of this kind. */
  find(key: string): HelperId | undefined {
    return this.#in('serving').find((entry) => entry.key === key)?.id;
  }

  /** One more, which takes new requests from now on; undefined when there are too many. */
  open(key: string, session: string, nowMs: number): HelperId | undefined {
    if (this.#entries.size >= SANDBOX_HELPERS_AT_MOST) return undefined;
    const id = this.#nextId++;
    const none = { asked: 0, underWay: 0, files: 0 };
    this.#entries.set(id, { id, key, session, bornMs: nowMs, phase: 'serving', quietSinceMs: nowMs, ...none });
    return id;
  }

  /** A request begins; `finish` follows. */
  begin(id: HelperId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.asked++;
    entry.underWay++;
  }

  finish(id: HelperId, nowMs: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.underWay--;
    entry.quietSinceMs = nowMs;
  }

  /** It has a file open; `release` follows. */
  hold(id: HelperId): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.files++;
  }

  release(id: HelperId, nowMs: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.files--;
    entry.quietSinceMs = nowMs;
  }

  /** It gets no new requests. */
  retire(id: HelperId): void {
    const entry = this.#entries.get(id);
    if (entry?.phase === 'serving') entry.phase = 'retired';
  }

  /** It has ended. */
  gone(id: HelperId): void {
    this.#entries.delete(id);
  }

  /** Those that serve a session, in whatever phase. */
  of(session: string): HelperId[] {
    return [...this.#entries.values()].filter((entry) => entry.session === session).map(({ id }) => id);
  }

  /** Retires those whose time has come. Returns those to be told to end, each once. */
  settle(nowMs: number): HelperId[] {
    for (const entry of this.#in('serving')) {
      if (entry.asked >= SANDBOX_HELPER_REQUESTS || this.#dueMs(entry) <= nowMs) entry.phase = 'retired';
    }
    const serving = this.#in('serving');
    const quiet = serving.filter(isQuiet).sort((one, other) => one.quietSinceMs - other.quietSinceMs);
    for (const entry of quiet.slice(0, Math.max(serving.length - SANDBOX_HELPERS, 0))) entry.phase = 'retired';
    const done = this.#in('retired').filter(isQuiet);
    for (const entry of done) entry.phase = 'ending';
    return done.map(({ id }) => id);
  }

  /** When `settle` may have something to do although nothing has happened; undefined while only what happens counts. */
  nextDueMs(): number | undefined {
    const due = this.#in('serving').map((entry) => this.#dueMs(entry));
    return due.length === 0 || Math.min(...due) === Infinity ? undefined : Math.min(...due);
  }

  /** With open files it may get as old as it likes; at work it is not idle. */
  #dueMs(entry: Entry): number {
    const { bornMs, quietSinceMs, files } = entry;
    const oldMs = files > 0 ? Infinity : bornMs + SANDBOX_HELPER_AGE_MS;
    return isQuiet(entry) ? Math.min(oldMs, quietSinceMs + SANDBOX_HELPER_IDLE_MS) : oldMs;
  }

  #in(phase: Entry['phase']): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.phase === phase);
  }
}

const isQuiet = ({ underWay, files }: Entry) => underWay === 0 && files === 0;
