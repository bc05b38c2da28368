import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type ProcessEvent, ProcessRecord, type ReadAnswer } from './process-record.js';

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is whatever the other side sent.
type Json = any;

/** An answer that is an error. */
export class RpcFailure extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: Json,
  ) {
    super(message);
  }
}

/** The link ended before the answer came. */
export class LinkLost extends Error {}

export interface StartOptions {
  readonly tty?: boolean;
  readonly pipeStdin?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Members of process/start that this client has no name for. */
  readonly more?: Readonly<Record<string, unknown>>;
}

interface Call {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client that says exactly what a test tells it to, and keeps what it is told: no recovery, no reordering, no patience.
 * Pushed events go into one record per process; `records` may be shared by the connections that a session has one after another.
 */
export class RpcClient implements AsyncDisposable {
  sessionId = '';
  readonly records: Map<string, ProcessRecord>;
  /** Pushed events in the order of their coming. */
  readonly pushed: (ProcessEvent & { readonly processId: string })[] = [];
  /** Notifications that concern no process, in the order of their coming. */
  readonly notified: { readonly method: string; readonly params: Json }[] = [];
  /** Resolves when the link has ended. */
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, Call>();
  readonly #waiting = new Set<() => void>();
  #nextId = 1;

  private constructor(socket: WebSocket, records: Map<string, ProcessRecord>) {
    this.#socket = socket;
    this.records = records;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => socket.on('close', () => resolve()));
    void this.ended.then(() => this.#lost());
  }

  /** Opens a link, and says nothing. */
  static async dial(url: string, records = new Map<string, ProcessRecord>(), token?: string): Promise<RpcClient> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, { perMessageDeflate: false, headers });
    const client = new RpcClient(socket, records);
    await once(socket, 'open');
    return client;
  }

  /** Opens a link and a session, or resumes one. */
  static async connect(
    url: string,
    options: {
      readonly resume?: string;
      readonly records?: Map<string, ProcessRecord>;
      readonly extensions?: readonly string[];
      readonly token?: string;
    } = {},
  ): Promise<RpcClient> {
    const client = await RpcClient.dial(url, options.records, options.token);
    try {
      await client.initialize(options.resume, options.extensions);
    } catch (error) {
      client.cut();
      throw error;
    }
    return client;
  }

  async initialize(resumeSessionId?: string, extensions?: readonly string[]): Promise<void> {
    const { sessionId } = await this.call('initialize', {
      clientName: 'test',
      resumeSessionId: resumeSessionId ?? null,
      extensions,
    });
    this.sessionId = sessionId;
    this.notify('initialized', {});
  }

  /** The result. `more` stands beside the method. Rejects with `RpcFailure`, or `LinkLost`. */
  call(method: string, params: unknown, more: object = {}): Promise<Json> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...more }));
    });
  }

  /** Several calls in one segment. */
  callTogether(calls: readonly (readonly [method: string, params: unknown])[]): Promise<Json>[] {
    const { _socket: tcp } = this.#socket as unknown as { _socket: { cork(): void; uncork(): void } };
    tcp.cork();
    const answers = calls.map(([method, params]) => this.call(method, params));
    tcp.uncork();
    return answers;
  }

  notify(method: string, params: unknown): void {
    this.#socket.send(JSON.stringify({ method, params }));
  }

  /** Starts a program; the answer's text is `processId`. */
  start(processId: string, argv: readonly string[], options: StartOptions = {}): Promise<Json> {
    return this.call('process/start', startParams(processId, argv, options));
  }

  /** A shell script, with an environment in which it finds the usual programs. */
  shell(processId: string, script: string, options: StartOptions = {}): Promise<Json> {
    return this.start(processId, ['/bin/sh', '-c', script], options);
  }

  read(processId: string, afterSeq = 0, options: { maxBytes?: number; waitMs?: number } = {}): Promise<ReadAnswer> {
    return this.call('process/read', { processId, afterSeq, ...options });
  }

  write(processId: string, chunk: Uint8Array | string, writeId: string): Promise<{ status: string }> {
    return this.call('process/write', { processId, chunk: Buffer.from(chunk as string).toString('base64'), writeId });
  }

  terminate(processId: string): Promise<{ running: boolean }> {
    return this.call('process/terminate', { processId });
  }

  record(processId: string): ProcessRecord {
    const known = this.records.get(processId) ?? new ProcessRecord();
    this.records.set(processId, known);
    return known;
  }

  /** Resolves when this holds; looked at after every message. Rejects when the link ends before. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (holds()) resolve();
        else if (this.#socket.readyState !== WebSocket.CLOSED) return;
        else reject(new LinkLost('the link ended before what was waited for'));
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
    });
  }

  /** The record of a process, when it has closed. */
  async closed(processId: string): Promise<ProcessRecord> {
    const record = this.record(processId);
    await this.until(() => record.closed);
    return record;
  }

  /** Resolves when this process has written the text somewhere in its output. */
  async hasWritten(processId: string, text: string): Promise<void> {
    const record = this.record(processId);
    await this.until(() => record.output().includes(text));
  }

  /** Reads nothing from the socket until `resume`: messages and pings wait in the kernel, later on the other side. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves when the kernel has taken everything that was sent so far. */
  written(): Promise<void> {
    return new Promise((resolve) => this.#socket.ping(() => resolve()));
  }

  /** Ends the link without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await this.ended;
  }

  #receive(message: Json): void {
    if (message.id === undefined) this.#told(message);
    else this.#answered(message);
    for (const look of this.#waiting) look();
  }

  #answered({ id, result, error }: Json): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call?.reject(new RpcFailure(error.code, error.message, error.data));
    else call?.resolve(result);
  }

  #told({ method, params: { processId, ...params } }: Json): void {
    const event = eventOf(method, params);
    if (!event) {
      this.notified.push({ method, params });
      return;
    }
    this.pushed.push({ ...event, processId });
    this.record(processId).add(event);
  }

  #lost(): void {
    for (const call of this.#calls.values()) call.reject(new LinkLost('the link ended before the answer came'));
    this.#calls.clear();
    for (const look of this.#waiting) look();
  }
}

/** The parameters of process/start with everything a program needs. */
export const startParams = (processId: string, argv: readonly string[], options: StartOptions = {}): object => ({
  processId,
  argv,
  cwd: options.cwd ?? 'file:///',
  env: { PATH: process.env.PATH ?? '', ...options.env },
  tty: options.tty ?? false,
  pipeStdin: options.pipeStdin ?? false,
  ...options.more,
});

export function eventOf(method: string, params: Json): ProcessEvent | undefined {
  switch (method) {
    case 'process/output':
      return { is: 'output', seq: params.seq, stream: params.stream, bytes: Buffer.from(params.chunk, 'base64') };
    case 'process/exited':
      return {
        is: 'exited',
        seq: params.seq,
        exitCode: params.exitCode,
        sandboxDenied: params.sandboxDenied,
        ...('cause' in params && { cause: params.cause }),
        ...('usage' in params && { usage: params.usage }),
      };
    case 'process/closed':
      return { is: 'closed', seq: params.seq };
    default:
      return undefined;
  }
}
