/**
 * The smallest client that can measure a server: what it costs is the same whoever answers. Our own client library is not
 * used, since it is a thing to be measured.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Requester } from './requester.js';

/** A server that has answered nothing for so long, with something asked of it, answers no more. */
const SILENCE_MS = 30_000;

export interface ServerAddress {
  readonly url: string;
  readonly label: string;
}

export interface LaunchOptions {
  /** Unconfined by default. */
  readonly sandbox?: object | null;
  /** Keeps standard input open, for process/write. */
  readonly pipeStdin?: boolean;
  /** Told of each process/output as it comes. */
  readonly output?: (bytes: Buffer) => void;
}

/** A process that has been asked for. Both promises reject when the connection fails. */
export interface Launched {
  readonly processId: string;
  /** Resolves with the answer to process/start; rejects when it is an error. */
  readonly started: Promise<unknown>;
  /** Resolves with process/closed; rejects when the exit code is not 0. */
  readonly closed: Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly method?: string;
  readonly params?: { readonly processId: string; readonly exitCode?: number; readonly chunk?: string };
}

export class WireClient implements Requester {
  readonly #socket: WebSocket;
  readonly #silence: NodeJS.Timeout;
  readonly #replies = new Map<number, Settling<unknown>>();
  readonly #running = new Map<string, Settling<void>>();
  /** Of processes that somebody listens to, also after process/closed: the rival may say that before the last output. */
  readonly #outputs = new Map<string, (bytes: Buffer) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket, server: string) {
    this.#socket = socket;
    this.#silence = setTimeout(() => {
      if (this.#replies.size + this.#running.size > 0)
        this.#fail(`${server} has answered nothing for ${SILENCE_MS} ms`);
    }, SILENCE_MS).unref();
    socket.on('message', (data) => {
      this.#silence.refresh();
      this.#heed(read(data as Buffer));
    });
    socket.on('close', () => this.#fail(`${server} has closed the connection`));
  }

  /** Opens a session of its own; `label` is how errors name the server. TCP_NODELAY is on: the library sets it. */
  static async connect({ url, label }: ServerAddress): Promise<WireClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    const client = new WireClient(socket, label);
    await client.request('initialize', { clientName: 'farhand-bench', resumeSessionId: null });
    client.#send({ method: 'initialized', params: {} });
    return client;
  }

  /** Starts a program without terminal, in the root folder and with an empty environment. */
  launch(argv: readonly string[], { sandbox = null, pipeStdin = false, output }: LaunchOptions = {}): Launched {
    const processId = `bench-${this.#lastId + 1}`;
    if (output !== undefined) this.#outputs.set(processId, output);
    const closed = promised<void>((settling) => this.#running.set(processId, settling));
    const started = this.request('process/start', {
      processId,
      argv,
      cwd: 'file:///',
      env: {},
      tty: false,
      pipeStdin,
      arg0: null,
      sandbox,
    });
    return { processId, started, closed };
  }

  /** The result; rejects when the answer is an error. */
  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    const reply = promised<unknown>((settling) => this.#replies.set(id, settling));
    this.#silence.refresh();
    this.#send({ id, method, params });
    return reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#silence);
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.terminate();
    await closed;
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #heed({ id, result, error, method, params }: Message): void {
    if (id !== undefined) {
      const reply = take(this.#replies, id);
      if (error === undefined) reply?.resolve(result);
      else reply?.reject(new Error(JSON.stringify(error)));
    } else if (method === 'process/output') {
      const bytes = Buffer.from(params!.chunk!, 'base64');
      this.#outputs.get(params!.processId)?.(bytes);
    } else if (method === 'process/closed') take(this.#running, params!.processId)?.resolve();
    else if (method === 'process/exited' && params!.exitCode !== 0)
      take(this.#running, params!.processId)?.reject(new Error(`exit code ${params!.exitCode}`));
  }

  #fail(reason: string): void {
    for (const id of [...this.#replies.keys()]) take(this.#replies, id)?.reject(new Error(reason));
    for (const id of [...this.#running.keys()]) take(this.#running, id)?.reject(new Error(reason));
  }
}

/** Of a large result only the id is read, which stands at its front: what is done with megabytes of base64 is a client's own affair. */
function read(data: Buffer): Message {
  const head = data.length < LARGE_BYTES ? '' : data.toString('latin1', 0, LONGEST_HEAD);
  const [, id] = /^\{"id":(\d+),"result":/.exec(head) ?? [];
  return id === undefined ? (JSON.parse(data.toString()) as Message) : { id: Number(id) };
}
const LARGE_BYTES = 64 * 1024;
const LONGEST_HEAD = 64;

interface Settling<Result> {
  resolve(result: Result): void;
  reject(error: Error): void;
}

function promised<Result>(keep: (settling: Settling<Result>) => void): Promise<Result> {
  const promise = new Promise<Result>((resolve, reject) => keep({ resolve, reject }));
  // Whoever waits for only one of the two promises of a launch must not be ended by the other.
  promise.catch(() => {});
  return promise;
}

function take<Key, Result>(waiting: Map<Key, Settling<Result>>, key: Key): Settling<Result> | undefined {
  const settling = waiting.get(key);
  waiting.delete(key);
  return settling;
}
