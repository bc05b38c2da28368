import { PING_INTERVAL_MS, SILENT_PEER_MS } from '../protocol/limits.js';

/**
 * When a silent peer is given up. One look per ping interval; each look compares counters, so the bytes themselves
 * pass without any bookkeeping.
 *
 *     look      1       2       3          (PING_INTERVAL_MS apart)
 *             ping    ping    drop         nothing at all came since look 1: SILENT_PEER_MS without an answer
 *             ping    ping    ping ...     any byte came since the look before: the count starts again
 *
 * Looks are counted, not milliseconds: after a stall of our own event loop the answers that wait in the kernel are
 * read before the next look, so a peer never pays for our delay.
 */
export interface Keepalive {
  readonly seen: Traffic;
  /** Pings in a row with no sign of life behind them. */
  readonly unanswered: number;
}

/** Counters of one link since it opened. */
export interface Traffic {
  /** Bytes received, of any kind. */
  readonly received: number;
  /** Bytes the kernel has taken from our queue. */
  readonly taken: number;
  /** Bytes that still wait for the kernel. */
  readonly queued: number;
  /** False while we do not read: answers stay in the kernel then, so silence says nothing about the peer. */
  readonly reading: boolean;
}

export type KeepaliveVerdict = 'ping' | 'drop';

/** A link of which nothing is known yet. */
export const quietSoFar: Keepalive = {
  seen: { received: 0, taken: 0, queued: 0, reading: true },
  unanswered: 0,
};

/** One look at the link: what is to be done now, and what to remember for the next look. */
export function look(before: Keepalive, now: Traffic): [Keepalive, KeepaliveVerdict] {
  const unanswered = showsLife(before.seen, now) ? 0 : before.unanswered;
  if (unanswered * PING_INTERVAL_MS >= SILENT_PEER_MS) return [{ seen: now, unanswered }, 'drop'];
  return [{ seen: now, unanswered: unanswered + 1 }, 'ping'];
}

function showsLife(before: Traffic, now: Traffic): boolean {
  if (!before.reading || !now.reading) return true;
  if (now.received !== before.received) return true;
  // A full kernel buffer only takes more when the peer acknowledged what it had: slow, behind our ping, but alive.
  // With room in the buffer the kernel takes bytes for a dead peer too, so that counts for nothing.
  return before.queued > 0 && now.taken !== before.taken;
}
