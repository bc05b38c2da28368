import { setMaxListeners } from 'node:events';
import { httpHandlers } from '#src/http/handlers.js';
import { Trust } from '#src/http/trust.js';
import { decodeParams } from '#src/protocol/decode.js';
import type { JsonValue } from '#src/protocol/json-value.js';
import { REPLY_BYTES } from '#src/protocol/limits.js';
import type { PeerLink, RequestContext } from '#src/rpc/handlers.js';

export interface HttpResult {
  readonly status: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: Buffer;
}

export interface Delta {
  readonly requestId: string;
  readonly seq: number;
  readonly deltaBase64: string;
  readonly done: boolean;
  readonly error: string | null;
}

export interface HttpPeerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly replyLimitBytes?: number;
}

/** A peer that makes HTTP requests, without a connection between it and the handlers. */
export class HttpPeer implements Disposable {
  /** Everything told about streamed bodies. */
  readonly deltas: Delta[] = [];
  /** What was sent, in its order. */
  readonly order: ('result' | 'delta')[] = [];
  #stalled = false;
  /** What waits for the socket to take it. */
  readonly #untaken: (() => void)[] = [];
  readonly #gone = new AbortController();
  readonly #handlers: ReturnType<typeof httpHandlers>;
  readonly #waiting = new Set<() => void>();

  constructor({ environment = {}, replyLimitBytes = REPLY_BYTES }: HttpPeerOptions = {}) {
    setMaxListeners(0, this.#gone.signal);
    const link: PeerLink = {
      gone: this.#gone.signal,
      queuedBytes: 0,
      notify: (message, sent) => this.#told(JSON.parse(String(message)), sent),
    };
    this.#handlers = httpHandlers({ environment, trust: new Trust(environment), replyLimitBytes }, link);
  }

  /** By default a GET. Rejects with what the handler throws. */
  async ask(url: string, more: Readonly<Record<string, JsonValue>> = {}): Promise<HttpResult> {
    const params = decodeParams('http/request', { method: 'GET', url, requestId: 'r', ...more });
    const reply = await this.#handlers['http/request']!(params, { gone: this.#gone.signal } as RequestContext);
    if (typeof reply === 'string') throw new TypeError('a reply is more than its text');
    this.order.push('result');
    if (!('memory' in reply)) reply.afterwards();
    else if (reply.sent) this.#take(reply.sent);
    const json = 'memory' in reply ? String(Buffer.from(reply.memory.subarray(reply.start, reply.end))) : reply.json;
    const { status, headers, bodyBase64 } = JSON.parse(json);
    return { status, headers, body: Buffer.from(bodyBase64, 'base64') };
  }

  /** All of a streamed body and how it ended, when it has. */
  async streamed(requestId = 'r'): Promise<{ body: Buffer; error: string | null; deltas: readonly Delta[] }> {
    const deltas = () => this.deltas.filter((delta) => delta.requestId === requestId);
    await this.until(() => deltas().some(({ done }) => done));
    const all = deltas();
    const body = Buffer.concat(all.map(({ deltaBase64 }) => Buffer.from(deltaBase64, 'base64')));
    return { body, error: all.at(-1)!.error, deltas: all };
  }

  /** Resolves when this holds; looked at after each delta. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** From now on the socket takes nothing. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    for (const sent of this.#untaken.splice(0)) sent();
  }

  [Symbol.dispose](): void {
    this.#gone.abort();
  }

  #told({ params }: { readonly params: Delta }, sent?: () => void): void {
    this.deltas.push(params);
    this.order.push('delta');
    if (sent) this.#take(sent);
    for (const look of this.#waiting) look();
    this.#waiting.clear();
  }

  /** In a later turn, as a socket does. */
  #take(sent: () => void): void {
    if (this.#stalled) this.#untaken.push(sent);
    else setImmediate(sent);
  }
}
