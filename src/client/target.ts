import type { Accept, Connection } from '../transport/connection.js';

/** How to reach an executor. */
export interface Target {
  /** Names it in error texts; holds no secret. */
  readonly name: string;
  /** How the same session is sought again after a loss; undefined where dialling again reaches another executor. */
  readonly redial: Redial | undefined;
  /**
   * Opens one link; rejects with any error when it cannot, or with the signal's reason. A `FinalDialError` says that trying again
   * is no use.
   */
  dial(accept: Accept, options: DialOptions): Promise<Connection>;
  /** Nothing is dialled any more, and nothing is under way. Idempotent. */
  close?(): Promise<void>;
}

export interface DialOptions {
  /** Ends the attempt; without effect once the link is open. */
  readonly signal: AbortSignal;
  /** It is to carry on a session that another link of this target began. */
  readonly resuming: boolean;
}

export interface Redial {
  /** From the loss of a link to giving the session up. */
  readonly deadlineMs: number;
  /** The wait after so many failed attempts, from 1; the first attempt is made at once. */
  delayMs(failed: number): number;
}

/** What whoever connects has been given for it. */
export interface Access {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
