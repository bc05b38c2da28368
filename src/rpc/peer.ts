/**
 * The server's side of one connection: takes its messages apart, lets requests run in the right order, and answers them.
 *
 *   message ──► envelope ──► lanes ──► params ──► gate (initialize, initialized) ──► handler ──► answer
 */
import { setMaxListeners } from 'node:events';
import type { ConnectionWatch } from '../observation/connection-watch.js';
import type { ConnectionLoad } from '../observation/executor-state.js';
import type { RequestWatch } from '../observation/request-watch.js';
import { decodeParams } from '../protocol/decode.js';
import {
  decodeLargeMessage,
  decodeMessage,
  describeInvalidUtf8,
  encodeError,
  encodeMalformed,
  encodeResult,
  type Incoming,
  MalformedMessage,
} from '../protocol/envelope.js';
import {
  initializeOnce,
  internalError,
  methodNotFound,
  mustInitialize,
  mustSendInitialized,
  RpcError,
  replyTooLarge,
  sessionTakenOver,
} from '../protocol/errors.js';
import type { RequestId } from '../protocol/ids.js';
import {
  CONCURRENT_REQUESTS,
  HELD_REQUEST_BYTES,
  INBOUND_FRAME_REFERENCE_BYTES,
  MESSAGES_PER_TURN,
  OUTBOUND_QUEUE_BYTES,
  REPLY_BYTES,
  WAITING_REQUESTS,
  WAITING_REQUESTS_BEHIND_OTHERS,
} from '../protocol/limits.js';
import { isMethod, METHODS, type Method } from '../protocol/methods.js';
import { wrapReadyResult } from '../protocol/ready-result.js';
import type { InitializeParams } from '../protocol/session.js';
import type { Session } from '../session/session.js';
import type { Connection, ConnectionEvents, InboundMessage } from '../transport/connection.js';
import type { Handlers, HandlersFor, Reply } from './handlers.js';
import { type Lane, Lanes } from './lanes.js';
import { Linger } from './linger.js';

export interface PeerOptions {
  readonly handlers: HandlersFor;
  /** Makes or resumes the session that an initialize asks for. Errors: as for `RpcError`. */
  readonly initialize: (
    params: InitializeParams,
    connection: Connection,
  ) => Promise<{ session: Session; result: string }>;
  /** Ordinary requests that run at once. */
  readonly concurrentRequests?: number | undefined;
  /** Largest answer that is sent, bytes; a larger one becomes an error. By default REPLY_BYTES of limits.ts. */
  readonly replyLimitBytes?: number | undefined;
  /** Told when a connection has ended. */
  readonly closed?: ((peer: Peer) => void) | undefined;
  /** Bytes that may wait for the peer when there is more for it; else its connection ends. By default OUTBOUND_QUEUE_BYTES. */
  readonly outboundLimitBytes?: number | undefined;
  /** How long it has to initialize, ms; by default and with Infinity, for ever. */
  readonly initializePatienceMs?: number | undefined;
  /** Told of an error that nobody expected outside of `message` and `closed`; it ends the connection. */
  readonly fault?: ((error: unknown) => void) | undefined;
}

/** A reply stands on the queue whole; so many of the largest ones may, where nobody says otherwise. */
const REPLIES_QUEUED = 4;

/** How far the connection has come. */
type Phase = 'fresh' | 'initializing' | 'initialized by one side' | 'ready' | 'closed';

type Request = Extract<Incoming, { kind: 'request' }>;
type Work = Incoming | { readonly kind: 'malformed'; readonly detail: string };

interface Item {
  readonly work: Work;
  /** Length of its message. */
  readonly bytes: number;
  /** When it came, where somebody wants to know. */
  readonly arrivedAt: number;
}

/** These only look at or act on what is there, and must not wait for anything else. */
const CONTROL_METHODS: ReadonlySet<string> = new Set<Method>([
  'initialize',
  'environment/info',
  'environment/status',
  'process/start',
  'process/write',
  'process/signal',
  'process/terminate',
]);

export class Peer implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #options: PeerOptions;
  readonly #handlers: Handlers;
  readonly #replyLimitBytes: number;
  readonly #outboundLimitBytes: number;
  readonly #lanes: Lanes<Item>;
  readonly #linger = new Linger();
  readonly #gone = new AbortController();
  readonly #watch: ConnectionWatch | undefined;
  #phase: Phase = 'fresh';
  #session: Session | undefined;
  /** Messages that wait or are being answered, together. */
  #heldBytes = 0;
  #handledThisTurn = 0;
  #turnEnds = false;
  #paused = false;
  #patience: NodeJS.Timeout | undefined;

  /** `watch` is told what happens here. */
  constructor(connection: Connection, options: PeerOptions, watch?: ConnectionWatch) {
    this.#connection = connection;
    this.#watch = watch;
    this.#options = options;
    this.#lanes = new Lanes(options.concurrentRequests ?? CONCURRENT_REQUESTS);
    this.#replyLimitBytes = options.replyLimitBytes ?? REPLY_BYTES;
    this.#outboundLimitBytes =
      options.outboundLimitBytes ?? Math.max(OUTBOUND_QUEUE_BYTES, REPLIES_QUEUED * this.#replyLimitBytes);
    // One listener per waiting request is what they are for.
    setMaxListeners(0, this.#gone.signal);
    this.#handlers = options.handlers({
      gone: this.#gone.signal,
      notify: (message, sent) => this.#send(message, sent),
      get queuedBytes() {
        return connection.queuedBytes;
      },
    });
    const { initializePatienceMs = Number.POSITIVE_INFINITY } = options;
    if (initializePatienceMs !== Number.POSITIVE_INFINITY) {
      this.#patience = setTimeout(() => this.#end('it did not initialize in time'), initializePatienceMs).unref();
    }
  }

  get load(): ConnectionLoad {
    const { waiting, running } = this.#lanes;
    return { waiting, running, heldBytes: this.#heldBytes, queuedBytes: this.#connection.queuedBytes };
  }

  message(message: InboundMessage): void {
    const work = this.#takeApart(message);
    if (!work) return;
    const ordinary = work.kind === 'request' && isMethod(work.method) && !CONTROL_METHODS.has(work.method);
    const bytes = message.bytes.byteLength;
    this.#heldBytes += bytes;
    this.#lanes.push(ordinary ? 'ordinary' : 'control', {
      work,
      bytes,
      arrivedAt: this.#watch ? performance.now() : 0,
    });
    this.#advance();
  }

  closed(reason: string): void {
    this.#phase = 'closed';
    clearTimeout(this.#patience);
    this.#gone.abort();
    this.#watch?.closed(reason);
    this.#session?.lost(this.#connection);
    this.#options.closed?.(this);
  }

  #takeApart(message: InboundMessage): Work | undefined {
    const { bytes } = message;
    const large = decodeLargeMessage(bytes);
    if (large !== undefined) return large;
    if (message.text === undefined) return { kind: 'malformed', detail: describeInvalidUtf8(bytes) };
    try {
      return decodeMessage(message.text);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      if (bytes.length <= INBOUND_FRAME_REFERENCE_BYTES) return { kind: 'malformed', detail: error.detail };
      this.#end('a malformed message of more than 16 MiB');
      return undefined;
    }
  }

  /** Runs what may run, up to this turn's share; the rest has to let other connections go first. */
  #advance(): void {
    while (this.#phase !== 'initializing' && this.#phase !== 'closed' && this.#handledThisTurn < MESSAGES_PER_TURN) {
      const next = this.#lanes.next();
      if (!next) break;
      this.#handledThisTurn++;
      this.#run(next.item, next.lane);
    }
    if (this.#handledThisTurn > 0 && !this.#turnEnds) {
      this.#turnEnds = true;
      this.#later(() => {
        this.#turnEnds = false;
        this.#handledThisTurn = 0;
        this.#advance();
      });
    }
    this.#throttle();
  }

  /** What waits for its turn is kept short; what waits for others may be long, so that what ends those is still read. */
  #throttle(): void {
    const { waiting } = this.#lanes;
    const limit = this.#lanes.runnable ? WAITING_REQUESTS : WAITING_REQUESTS_BEHIND_OTHERS;
    if (!this.#paused && (waiting > limit || this.#heldBytes > HELD_REQUEST_BYTES)) {
      this.#paused = true;
      this.#connection.pause();
    } else if (this.#paused && waiting <= limit / 2 && this.#heldBytes <= HELD_REQUEST_BYTES / 2) {
      this.#paused = false;
      this.#connection.resume();
    }
  }

  #run({ work, bytes, arrivedAt }: Item, lane: Lane): void {
    if (work.kind !== 'request') this.#heldBytes -= bytes;
    switch (work.kind) {
      case 'malformed':
        if (this.#connection.malformed === 'fatal') this.#end('a message that is no JSON-RPC');
        else this.#send(encodeMalformed(this.#connection.peer, work.detail));
        return;
      case 'notification':
        this.#heed(work.method);
        return;
      case 'response':
      case 'error':
        this.#end('an answer to a request that was never made');
        return;
      case 'request':
        this.#answer(work, bytes, lane, this.#watch?.request(work.method, bytes, arrivedAt, work.trace));
        return;
      default:
        work satisfies never;
    }
  }

  #heed(method: string): void {
    if (method !== 'initialized') this.#end('an unexpected notification');
    else if (this.#phase === 'fresh') this.#end('initialized came before initialize');
    else this.#phase = 'ready';
  }

  #answer(request: Request, bytes: number, lane: Lane, watch: RequestWatch | undefined): void {
    const session = this.#session;
    session?.requestBegan(this.#connection);
    const done = () => {
      session?.requestDone(this.#connection);
      this.#heldBytes -= bytes;
      this.#lanes.finished(lane);
      if (lane === 'ordinary' && this.#lanes.waiting > 0) this.#advance();
      else if (this.#paused) this.#throttle();
    };
    let reply: Reply | Promise<Reply>;
    try {
      reply = this.#replyTo(request, watch);
    } catch (error) {
      this.#sendError(request.id, error, watch);
      done();
      return;
    }
    if (!(reply instanceof Promise)) {
      this.#sendReply(request.id, reply, watch);
      done();
      // Of many at once the next is here already, and others should have the processor.
      if (this.#handledThisTurn === 1) this.#linger.answered();
      return;
    }
    void reply
      .then(
        (result) => this.#sendReply(request.id, result, watch),
        (error: unknown) => this.#sendError(request.id, error, watch),
      )
      .finally(done)
      .catch(this.#failed);
  }

  #replyTo({ method, params, trace }: Request, watch: RequestWatch | undefined): Reply | Promise<Reply> {
    if (!isMethod(method)) throw methodNotFound(method);
    if (method === 'initialize') return this.#initialize(decodeParams(method, params));
    const decoded = decodeParams(method, params);
    watch?.asks(decoded);
    const session = this.#admit(METHODS[method].family);
    const handler = this.#handlers[method] as Handlers[keyof Handlers] | undefined;
    if (!handler) throw methodNotFound(method);
    return handler(decoded as never, { session, gone: this.#gone.signal, trace });
  }

  /** The session, if this connection may use it by now. */
  #admit(family: string): Session {
    if (!this.#session || this.#phase === 'fresh') throw mustInitialize(family);
    if (this.#phase !== 'ready') throw mustSendInitialized(family);
    if (!this.#session.belongsTo(this.#connection)) throw sessionTakenOver();
    return this.#session;
  }

  /** What was sent right behind an initialize waits for its end. */
  async #initialize(params: InitializeParams): Promise<string> {
    if (this.#phase !== 'fresh') throw initializeOnce();
    this.#phase = 'initializing';
    try {
      const { session, result } = await this.#options.initialize(params, this.#connection);
      this.#session = session;
      clearTimeout(this.#patience);
      this.#watch?.initialized(session.id, params.resumeSessionId !== null);
      if (this.#hasClosed()) session.lost(this.#connection);
      else this.#phase = 'initialized by one side';
      return result;
    } catch (error) {
      if (!this.#hasClosed()) this.#phase = 'fresh';
      throw error;
    } finally {
      // In a later turn: the answer goes first.
      this.#later(() => this.#advance());
    }
  }

  /** Read afresh: the phase changes while something is awaited. */
  #hasClosed(): boolean {
    return this.#phase === 'closed';
  }

  #sendReply(id: RequestId, reply: Reply, watch: RequestWatch | undefined): void {
    if (typeof reply === 'string') this.#sendText(id, reply, watch);
    else if ('memory' in reply) this.#sendWithin(wrapReadyResult(id, reply), id, watch, reply.sent);
    else {
      this.#sendText(id, reply.json, watch);
      reply.afterwards();
    }
  }

  #sendText(id: RequestId, json: string, watch: RequestWatch | undefined): void {
    const message = encodeResult(id, json);
    // A character is at most three bytes; the exact length is worth counting only near the limit.
    if (message.length * 3 > this.#replyLimitBytes) this.#sendWithin(Buffer.from(message), id, watch);
    else {
      watch?.answered(message);
      this.#send(message);
    }
  }

  #sendWithin(message: Uint8Array, id: RequestId, watch: RequestWatch | undefined, sent?: () => void): void {
    if (message.byteLength <= this.#replyLimitBytes) {
      watch?.answered(message);
      this.#send(message, sent);
    } else {
      sent?.();
      this.#sendError(id, replyTooLarge(this.#replyLimitBytes), watch);
    }
  }

  #sendError(id: RequestId, error: unknown, watch: RequestWatch | undefined): void {
    const message = encodeError(id, error instanceof RpcError ? error : internalError('internal error', error));
    watch?.failed(error, message);
    this.#send(message);
  }

  #send(message: string | Uint8Array, sent?: () => void): void {
    const waiting = this.#connection.queuedBytes;
    this.#connection.send(message, sent);
    if (waiting <= this.#outboundLimitBytes || this.#hasClosed()) return;
    this.#watch?.limitReached('max-outbound-bytes');
    this.#end('it does not read what it asked for');
  }

  #later(act: () => void): void {
    setImmediate(() => {
      try {
        act();
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  readonly #failed = (error: unknown) => {
    this.#options.fault?.(error);
    this.#end('an error on this side');
  };

  /**
   * Ends the link for what the peer did; the reason holds nothing of what it said.
   * What it asked for behind that, and still waits for its turn, is not done.
   */
  #end(reason: string): void {
    this.#phase = 'closed';
    this.#connection.close(reason);
  }
}
