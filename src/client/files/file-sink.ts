/** Where the bytes of a file go, one call after the other. */
export interface FileSink {
  /** Resolves when there is room for more. The bytes may be used for something else then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the executor has all of them. */
  close(): Promise<void>;
  /** Lets go of the file as it is. Nothing is written to it after this has resolved. Idempotent; never rejects. */
  abandon(): Promise<void>;
}
