const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines found so far, in order, and whether the next one is longer than allowed: nothing can be read after that. */
export interface SplitLines {
  readonly lines: readonly Buffer[];
  readonly tooLong: boolean;
}

/**
 * Cuts a stream of bytes into lines, ended by `\n` or `\r\n`. Lines have no terminator; one that came in a single chunk
 * is a view of it. The limit counts bytes before `\n`.
 */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  push(chunk: Buffer): SplitLines {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      if (this.#length > this.#limit) return { lines, tooLong: true };
      lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return { lines, tooLong: this.#length > this.#limit };
  }

  /** The last line, when the stream ends without a terminator. */
  end(): SplitLines {
    return { lines: this.#length > 0 ? [this.#take()] : [], tooLong: false };
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  #take(): Buffer {
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  }
}
