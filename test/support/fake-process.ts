/** What a fake executor remembers of one process, and what it tells of it: the wire forms of real ones. */

export interface Notice {
  readonly method: string;
  readonly params: object;
}

interface Chunk {
  readonly seq: number;
  readonly stream: string;
  readonly chunk: string;
}

export class FakeProcess {
  readonly id: string;
  /** Output below this number has been evicted. */
  keptFrom = 1;
  /** An old executor: its exit does not say whether the sandbox refused something. */
  legacy = false;
  /** What a read tells besides. */
  failure: string | null = null;
  /** An executor of ours: what it tells of an end besides. */
  end: { readonly cause?: unknown; readonly usage?: unknown } | undefined;
  #nextSeq = 1;
  readonly #chunks: Chunk[] = [];
  #exit: { readonly exitCode: number; readonly sandboxDenied: boolean } | undefined;
  #closed = false;

  constructor(id: string) {
    this.id = id;
  }

  output(text: string, stream = 'stdout'): Notice {
    const chunk = { seq: this.#take(), stream, chunk: Buffer.from(text).toString('base64') };
    this.#chunks.push(chunk);
    return { method: 'process/output', params: { processId: this.id, ...chunk } };
  }

  exited(exitCode = 0, sandboxDenied = false): Notice {
    this.#exit = { exitCode, sandboxDenied };
    const denial = this.legacy ? {} : { sandboxDenied };
    return {
      method: 'process/exited',
      params: { processId: this.id, seq: this.#take(), exitCode, ...denial, ...this.end },
    };
  }

  closed(): Notice {
    this.#closed = true;
    return { method: 'process/closed', params: { processId: this.id, seq: this.#take() } };
  }

  /** The result of a `process/read` without a size limit. */
  read(afterSeq: number): object {
    return {
      chunks: this.#chunks.filter(({ seq }) => seq > afterSeq && seq >= this.keptFrom),
      nextSeq: this.#nextSeq,
      exited: this.#exit !== undefined,
      exitCode: this.#exit?.exitCode ?? null,
      closed: this.#closed,
      failure: this.failure,
      sandboxDenied: this.#exit?.sandboxDenied ?? false,
      ...(this.end && { lostBytes: this.#evictedBytes(), ...(this.#exit && this.end) }),
    };
  }

  #evictedBytes(): number {
    const evicted = this.#chunks.filter(({ seq }) => seq < this.keptFrom);
    return evicted.reduce((sum, { chunk }) => sum + Buffer.from(chunk, 'base64').length, 0);
  }

  #take(): number {
    this.#nextSeq += 1;
    return this.#nextSeq - 1;
  }
}
