/** What a client has been told of one process, pushed or read, put together by number. */

export type ProcessEvent =
  | { readonly is: 'output'; readonly seq: number; readonly stream: string; readonly bytes: Buffer }
  | {
      readonly is: 'exited';
      readonly seq: number;
      readonly exitCode: number;
      readonly sandboxDenied: unknown;
      /** Members that 0.169.0 does not have. */
      readonly cause?: unknown;
      readonly usage?: Readonly<Record<string, number>>;
    }
  | { readonly is: 'closed'; readonly seq: number };

/** The result of process/read, as it stands on the wire. */
export interface ReadAnswer {
  readonly chunks: readonly { readonly seq: number; readonly stream: string; readonly chunk: string }[];
  readonly nextSeq: number;
  readonly exited: boolean;
  readonly exitCode: number | null;
  readonly closed: boolean;
  readonly failure: string | null;
  readonly sandboxDenied: boolean;
  readonly lostBytes?: number;
  readonly cause?: unknown;
  readonly usage?: Readonly<Record<string, number>>;
}

export class ProcessRecord {
  readonly #events = new Map<number, ProcessEvent>();
  /** The highest number below which nothing is missing. */
  #complete = 0;
  #disagreements = 0;

  /** Events by number, whatever order they came in. */
  get events(): ProcessEvent[] {
    return [...this.#events.values()].sort((one, other) => one.seq - other.seq);
  }

  /** Numbers from 1 to this one are all here. */
  get complete(): number {
    return this.#complete;
  }

  /** How often a number came twice and was not the same both times. */
  get disagreements(): number {
    return this.#disagreements;
  }

  get closed(): boolean {
    return this.#events.get(this.#complete)?.is === 'closed';
  }

  add(event: ProcessEvent): void {
    const known = this.#events.get(event.seq);
    if (known === undefined) this.#events.set(event.seq, event);
    else if (!same(known, event)) this.#disagreements += 1;
    while (this.#events.has(this.#complete + 1)) this.#complete += 1;
  }

  /**
   * Takes in the answer to a read of everything above `complete`. An exit has no number in an answer: it takes the first one
   * that is missing; closed is the last. Returns the numbers that are lost.
   */
  merge(answer: ReadAnswer): number[] {
    for (const { seq, stream, chunk } of answer.chunks) {
      this.add({ is: 'output', seq, stream, bytes: Buffer.from(chunk, 'base64') });
    }
    const last = answer.nextSeq - 1;
    if (answer.closed) this.add({ is: 'closed', seq: last });
    const missing: number[] = [];
    for (let seq = this.#complete + 1; seq <= last; seq += 1) if (!this.#events.has(seq)) missing.push(seq);
    const exitKnown = [...this.#events.values()].some(({ is }) => is === 'exited');
    const exitSeq = answer.exited && !exitKnown ? missing.pop() : undefined;
    if (exitSeq !== undefined) {
      this.add({
        is: 'exited',
        seq: exitSeq,
        exitCode: answer.exitCode ?? Number.NaN,
        sandboxDenied: answer.sandboxDenied,
      });
    }
    return missing;
  }

  /** The output of one stream, or of all, in order. */
  output(stream?: string): Buffer {
    return Buffer.concat(
      this.events.flatMap((event) =>
        event.is === 'output' && (stream === undefined || event.stream === stream) ? [event.bytes] : [],
      ),
    );
  }

  get exitCode(): number | undefined {
    return this.events.find((event) => event.is === 'exited')?.exitCode;
  }
}

function same(one: ProcessEvent, other: ProcessEvent): boolean {
  if (one.is === 'output') return other.is === 'output' && one.stream === other.stream && one.bytes.equals(other.bytes);
  if (one.is === 'exited') return other.is === 'exited' && one.exitCode === other.exitCode;
  return other.is === 'closed';
}
