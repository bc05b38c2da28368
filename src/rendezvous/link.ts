/** One end's connection, as those see it who pass frames on. */
export interface Link {
  /** Bytes handed over that the kernel has not taken. */
  readonly queuedBytes: number;
  /** `done`: the kernel has taken it, or never will. In a later turn. The bytes are not copied. */
  send(frame: Uint8Array, done: () => void): void;
  /** What has arrived already may still come. */
  pause(): void;
  resume(): void;
  /** Says why, and ends it soon; nothing more is told but its end. */
  close(code: CloseCode, reason: string): void;
  /** Ends it unless something comes within `ms`. */
  challenge(ms: number): void;
}

/** Source: RFC 6455 and the registry of its codes. */
export type CloseCode =
  /** Going away. */
  | 1001
  /** Of a kind that is not taken. */
  | 1003
  /** Against the rules. */
  | 1008
  /** To be tried again. */
  | 1013;

export interface LinkEvents {
  /** One binary message; whoever is told owns the bytes. */
  message(bytes: Uint8Array): void;
  /** Once, and nothing after it. */
  closed(): void;
}
