/** Lines that wait for a file. A file may take part of a line; a bound of bytes is kept by leaving out the newest. */
export class LineQueue {
  readonly #limitBytes: number;
  #lines: Buffer[] = [];
  #bytes = 0;
  /** So much of the first line is in the file. */
  #written = 0;
  #lost = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get lines(): number {
    return this.#lines.length;
  }

  /** Lines that were left out. */
  get lost(): number {
    return this.#lost;
  }

  /** `line` has no end yet. */
  push(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#bytes + bytes.length > this.#limitBytes) {
      this.#lost++;
      return;
    }
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
  }

  /** What is to be written next. */
  get rest(): Buffer[] {
    const [first, ...more] = this.#lines;
    return first ? [first.subarray(this.#written), ...more] : [];
  }

  /** The file has taken so many bytes of what `rest` gave. */
  took(bytes: number): void {
    let left = this.#written + bytes;
    let whole = 0;
    for (; whole < this.#lines.length && left >= this.#lines[whole]!.length; whole++) {
      left -= this.#lines[whole]!.length;
      this.#bytes -= this.#lines[whole]!.length;
    }
    this.#lines = this.#lines.slice(whole);
    this.#written = left;
  }

  /** It goes on in another file: a line that was cut is written whole. */
  beginAnew(): void {
    this.#written = 0;
  }

  /** Nothing will be written any more. */
  giveUp(): void {
    this.#lost += this.#lines.length;
    this.#lines = [];
    this.#bytes = 0;
    this.#written = 0;
  }
}
