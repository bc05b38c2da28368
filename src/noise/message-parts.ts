/** The parts of a message, one after the other. Views; the message is not kept. */
export class MessageParts {
  #rest: Uint8Array;

  constructor(message: Uint8Array) {
    this.#rest = message;
  }

  /** The message is known to be long enough. */
  take(length: number): Uint8Array {
    const part = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return part;
  }

  rest(): Uint8Array {
    return this.take(this.#rest.length);
  }
}
