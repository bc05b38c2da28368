/** To whom the processes of a session talk. */
export interface Audience {
  /** Whether anybody listens. */
  readonly attached: boolean;
  /** Whether whoever listens wants to know of an end what 0.169.0 does not tell: see process-end.ts of the protocol. */
  readonly hearsEnds: boolean;
  /** Sends one message; without anybody it is dropped. `sent` is called in either case. */
  send(message: string | Uint8Array, sent?: () => void): void;
}
