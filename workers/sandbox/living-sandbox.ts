/**
 * One sandbox from its launch until nothing of it is left.
 *
 *   this program ── bubblewrap, the leader ── first process inside ── the command, and what it starts
 *
 * The leader ends as soon as the command has; the kernel then kills the first process, and with it all the others. That takes a
 * moment, in which they still live by their mounts: only afterwards may the placeholders go, since removing a mount point takes
 * the mount away from those who still see it.
 */
import { signalGroup } from '#src/pool/signal-group.js';
import { isFirstInside, isThere, killNow, processEntry } from '../process-entry.js';
import type { UsedByLeader } from '../spawner.js';
import type { Lease } from './placeholders.js';
import type { StatusPipe } from './status-pipe.js';

/** How soon what cannot be awaited is looked for again, and how often at last, ms. */
const SOON_MS = 1;
const LATEST_MS = 64;
/** After this long the first process is killed: by then the kernel should have done so. */
const KILL_AFTER_MS = 100;
/** After this long the end is told although something still lives, perhaps in an uninterruptible wait. */
const TELL_AFTER_MS = 3000;

export interface SandboxParts {
  /** The leader of the session in which bubblewrap runs. */
  readonly leader: number;
  readonly status: StatusPipe;
  readonly lease: Lease;
  /** `all`: it has processes of its own. `network`: they are processes like any other, which its end does not end. */
  readonly isolation: 'all' | 'network';
  /** Reaps the first process, where it becomes a child of this program; see Spawner. */
  readonly reap: ((first: number) => UsedByLeader | undefined) | undefined;
}

type Gone = (used: UsedByLeader | undefined) => void;

export class LivingSandbox {
  readonly #parts: SandboxParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
  }

  /**
   * SIGINT to the leader's group. Where the command is in it bubblewrap outlives that, and the command may catch it; else bubblewrap
   * ends, and with it the sandbox, as with 0.169.0. Out: 0, or the errno of the refusal. Not after the leader has been reaped.
   */
  interrupt(): number {
    return signalGroup(this.#parts.leader, 'SIGINT');
  }

  /** Whether nothing that runs in it can outlive its leader. */
  get endsWithLeader(): boolean {
    return this.#parts.isolation === 'all';
  }

  /** SIGKILL. Not after the leader has been reaped. */
  terminate(): void {
    signalGroup(this.#parts.leader, 'SIGKILL');
  }

  /**
   * The leader has been reaped, and has used so much. `gone` is called when nothing of the sandbox is left, or is taking too long;
   * often at once. It is told what all of it has used, where that is known.
   */
  leaderEnded(used: UsedByLeader | undefined, gone: Gone): void {
    const { status, isolation } = this.#parts;
    const first = status.childPid();
    status.close();
    if (first === undefined || isolation === 'network') this.#over(gone, used);
    else this.#awaitEnd(first, used, gone, performance.now(), SOON_MS);
  }

  /** Waits for nothing any more. What is still alive keeps its placeholders, until another executor finds that nobody holds them. */
  close(): void {
    clearTimeout(this.#timer);
    this.#parts.status.close();
  }

  #awaitEnd(
    first: number,
    leader: UsedByLeader | undefined,
    gone: Gone | undefined,
    since: number,
    patienceMs: number,
  ): void {
    if (!mayLive(first)) {
      this.#over(gone, this.#usedByAll(first, leader));
      return;
    }
    const waited = performance.now() - since;
    if (waited > KILL_AFTER_MS && isOrphanInside(first)) killNow(first);
    const late = waited > TELL_AFTER_MS;
    this.#timer = setTimeout(
      () => this.#awaitEnd(first, leader, late ? undefined : gone, since, Math.min(2 * patienceMs, LATEST_MS)),
      patienceMs,
    );
    if (late) gone?.(undefined);
  }

  #usedByAll(first: number, leader: UsedByLeader | undefined): UsedByLeader | undefined {
    const { reap } = this.#parts;
    if (!reap) return undefined;
    // It ends before its leader at times, which then has waited for it.
    return isReapable(first) ? together(leader, reap(first)) : leader;
  }

  #over(gone: Gone | undefined, used: UsedByLeader | undefined): void {
    this.#parts.lease.release();
    gone?.(used);
  }
}

/** The peak is that of the inside: bubblewrap's own is less, and not known. */
function together(leader: UsedByLeader | undefined, inside: UsedByLeader | undefined): UsedByLeader | undefined {
  if (!leader || !inside) return undefined;
  return {
    userMs: sum(leader.userMs, inside.userMs),
    systemMs: sum(leader.systemMs, inside.systemMs),
    peakRssBytes: inside.peakRssBytes,
  };
}

/** Of times with microseconds. */
const sum = (one: number, other: number): number => Math.round((one + other) * 1e3) / 1e3;

/** Whether the number may still be that of a first process. A system may hide what it tells of processes, but not their numbers. */
function mayLive(first: number): boolean {
  const entry = processEntry(first);
  if (entry === undefined) return isThere(first);
  return !['Z', 'X'].includes(entry.state) && isFirstInside(first);
}

/** Nobody else has its number before it has been reaped. */
const isReapable = (first: number): boolean => processEntry(first)?.state === 'Z' && isFirstInside(first);

/** The first process and its leader are the same program: one with such a parent is that of another sandbox. */
function isOrphanInside(first: number): boolean {
  const entry = processEntry(first);
  return entry !== undefined && processEntry(entry.parent)?.name !== entry.name && isFirstInside(first);
}
