/** To whom the processes of a session talk. */
export interface Audience {
  /** Whether anybody listens. */
  readonly attached: boolean;
  /** Sends one message; without anybody it is dropped. `sent` is called in either case. */
  send(message: string | Uint8Array, sent?: () => void): void;
}
