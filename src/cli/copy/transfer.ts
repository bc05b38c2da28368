/** How the content of one file gets from one end to the other. Errors of all steps: a `FileFault`, or one that concerns the whole copy. */
export interface Transfer {
  /** Moves everything. */
  run(): Promise<void>;
  /** Fails when the two ends do not hold the same. */
  check(): Promise<void>;
  /** Gives the file its name and mode. */
  keep(): Promise<void>;
  /** Gives up. `incomplete`: something that is no copy is left at the destination. */
  discard(): Promise<'nothing left' | 'incomplete'>;
}

/** What a transfer tells and heeds. */
export interface TransferContext {
  /** Compare SHA-256 besides sizes, where it can be computed. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
  /** So many more bytes have come. */
  readonly moved: (bytes: number) => void;
}
