/** What a copy says while it goes on: all of it on standard error, since standard output may be the destination. */
import { humanDuration, humanSize } from './human.js';
import { progressLine } from './progress-bar.js';
import { bytesPerSecond, type Samples, sampled } from './speed.js';
import type { FileJob } from './tree.js';

export interface Reporter extends Disposable {
  /** One more file to copy. */
  found(file: FileJob): void;
  /** Everything to copy has been found. */
  allFound(): void;
  moved(bytes: number): void;
  /** A file is done with, and so many bytes of it have moved. `ms`: how long it took; undefined when it was not copied. */
  ended(file: FileJob, bytes: number, ms: number | undefined): void;
  /** A line that is said in any case. */
  say(line: string): void;
}

/** Where lines go; a terminal, if it is one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): void;
}

/** A bar on a terminal, a line per file elsewhere. `quiet`: only what must be said. */
export function reporterFor(output: Output, { quiet, term }: { quiet: boolean; term: string | undefined }): Reporter {
  if (quiet) return new Quiet(output);
  return output.isTTY === true && term !== 'dumb' ? new Bar(output) : new Lines(output);
}

class Quiet implements Reporter {
  protected readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  found(_file: FileJob): void {}
  allFound(): void {}
  moved(_bytes: number): void {}
  ended(_file: FileJob, _bytes: number, _ms: number | undefined): void {}
  [Symbol.dispose](): void {}

  say(line: string): void {
    this.output.write(`farhand: ${line}\n`);
  }
}

class Lines extends Quiet {
  override ended({ from, to }: FileJob, bytes: number, ms: number | undefined): void {
    if (ms === undefined) return;
    this.output.write(`${from.shown} -> ${to.shown}  ${humanSize(bytes)}  ${humanDuration(ms)}\n`);
  }
}

/** Ten times a second is as often as anyone can see. */
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\x1b[K';
const USUAL_COLUMNS = 80;

class Bar extends Quiet {
  readonly #files = { done: 0, total: 0 };
  readonly #bytes = { done: 0, total: 0 };
  readonly #timer = setInterval(() => this.#draw(), REDRAW_MS);
  #listing = true;
  #samples: Samples = [];

  override found({ size }: FileJob): void {
    this.#files.total += 1;
    this.#bytes.total += size;
  }

  override allFound(): void {
    this.#listing = false;
  }

  override moved(bytes: number): void {
    this.#bytes.done += bytes;
  }

  override ended({ size }: FileJob, bytes: number): void {
    this.#files.done += 1;
    this.#bytes.total += bytes - size;
  }

  override say(line: string): void {
    if (this.#hasBar) this.output.write(CLEAR_LINE);
    super.say(line);
    this.#draw();
  }

  override [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw();
    if (this.#hasBar) this.output.write('\n');
  }

  /** As long as nothing has been found there is nothing to show. */
  get #hasBar(): boolean {
    return this.#files.total > 0;
  }

  #draw(): void {
    if (!this.#hasBar) return;
    this.#samples = sampled(this.#samples, { atMs: performance.now(), bytes: this.#bytes.done });
    const progress = {
      listing: this.#listing,
      files: this.#files,
      bytes: this.#bytes,
      bytesPerSecond: bytesPerSecond(this.#samples),
    };
    this.output.write(`${CLEAR_LINE}${progressLine(progress, this.output.columns ?? USUAL_COLUMNS)}`);
  }
}
