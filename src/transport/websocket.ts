import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { OUTBOUND_FRAME_BYTES, PING_INTERVAL_MS } from '../protocol/limits.js';
import type { Accept, Connection } from './connection.js';
import { Inbox } from './inbox.js';
import { look, quietSoFar } from './keepalive.js';
import { PongAnswers } from './pong-answers.js';
import { ReceivedMessage } from './received-message.js';
import { TurnCork } from './turn-cork.js';

/**
 * A WebSocket whose own ends are bare TCP closes: it never sends a close frame, neither for a protocol error nor as
 * the answer to one. Source: 0.169.0, whose peers always see 1006.
 */
export class BareWebSocket extends WebSocket {
  override close(): void {
    this.terminate();
  }
}

export interface WebSocketLink {
  /** Open, with `autoPong` off and the binary type it has by default. */
  readonly websocket: WebSocket;
  /** The socket below it. */
  readonly socket: Socket;
  /** How error texts name the link. */
  readonly peer: string;
  /** Between pings, ms. */
  readonly pingIntervalMs?: number;
}

/** Makes a connection of an open WebSocket, and owns the socket, its listeners and its keepalive timer from then on. */
export function connectWebSocket(link: WebSocketLink, accept: Accept): Connection {
  return new WebSocketConnection(link, accept);
}

const PEER_CLOSED = 'the peer closed the connection';

class WebSocketConnection implements Connection {
  readonly peer: string;
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  readonly #cork: TurnCork;
  readonly #inbox: Inbox;
  readonly #looks: NodeJS.Timeout;
  #keepalive = quietSoFar;
  #queuedBytes = 0;
  #takenBytes = 0;
  /** Why the link ends, when that is known before its end is. */
  #reason: string | undefined;

  constructor({ websocket, socket, peer, pingIntervalMs = PING_INTERVAL_MS }: WebSocketLink, accept: Accept) {
    this.peer = peer;
    this.#websocket = websocket;
    this.#socket = socket;
    this.#cork = new TurnCork(socket);
    this.#inbox = new Inbox(websocket);
    const pongs = new PongAnswers(websocket);
    websocket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    websocket.on('ping', (payload) => pongs.answer(payload));
    websocket.on('error', (error) => this.#note(error.message));
    websocket.on('close', () => this.#ended());
    socket.on('error', (error) => this.#note(error.message));
    socket.on('end', () => this.#halfClosed());
    this.#looks = setInterval(() => this.#lookAtPeer(), pingIntervalMs).unref();
    this.#inbox.open(accept(this));
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    if (!this.#isOpen) {
      if (sent !== undefined) process.nextTick(sent);
      return;
    }
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    this.#queuedBytes += bytes.byteLength;
    this.#cork.hold();
    let start = 0;
    for (; bytes.byteLength - start > OUTBOUND_FRAME_BYTES; start += OUTBOUND_FRAME_BYTES) {
      this.#websocket.send(bytes.subarray(start, start + OUTBOUND_FRAME_BYTES), { binary: false, fin: false });
    }
    this.#websocket.send(bytes.subarray(start), { binary: false, fin: true }, () => {
      this.#queuedBytes -= bytes.byteLength;
      this.#takenBytes += bytes.byteLength;
      sent?.();
    });
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  probe(ms: number): Promise<boolean> {
    if (!this.#isOpen) return Promise.resolve(false);
    if (this.#inbox.paused) return Promise.resolve(true);
    return new Promise((resolve) => {
      const decide = (alive: boolean) => {
        clearTimeout(deadline);
        this.#socket.off('data', onLife);
        this.#websocket.off('close', onEnd);
        resolve(alive);
      };
      const onLife = () => decide(true);
      const onEnd = () => decide(false);
      // Behind one more poll of the sockets: after a stall of our own the answer may be here already, unread.
      const deadline = setTimeout(() => setImmediate(() => decide(this.#inbox.paused)), ms).unref();
      this.#socket.on('data', onLife);
      this.#websocket.on('close', onEnd);
      this.#websocket.ping();
    });
  }

  /** Replies sent before, in this turn too, still reach the kernel if it has room; what it has no room for is lost. */
  close(reason = 'closed by this side'): void {
    this.#note(reason);
    this.#inbox.discard();
    if (this.#websocket.readyState === WebSocket.CLOSED) {
      process.nextTick(() => this.#ended());
      return;
    }
    this.#cork.release();
    this.#websocket.terminate();
  }

  get #isOpen(): boolean {
    return this.#websocket.readyState === WebSocket.OPEN;
  }

  #receive(bytes: Buffer, isBinary: boolean): void {
    // The library has checked text frames; a binary frame may hold anything.
    this.#inbox.push(new ReceivedMessage(bytes, !isBinary));
  }

  #lookAtPeer(): void {
    const [keepalive, verdict] = look(this.#keepalive, {
      received: this.#socket.bytesRead,
      taken: this.#takenBytes,
      queued: this.#queuedBytes,
      reading: !this.#inbox.paused,
    });
    this.#keepalive = keepalive;
    switch (verdict) {
      case 'ping':
        this.#websocket.ping();
        return;
      case 'drop':
        this.close('the peer answered nothing');
        return;
      default:
        verdict satisfies never;
    }
  }

  /**
   * Half a connection is none: who stops sending gets no more answers either. The library alone would wait until all
   * output has drained, for ever if the peer does not read.
   */
  #halfClosed(): void {
    this.#note(PEER_CLOSED);
    this.#websocket.terminate();
  }

  #note(reason: string): void {
    this.#reason ??= reason;
  }

  #ended(): void {
    clearInterval(this.#looks);
    this.#inbox.end(this.#reason ?? PEER_CLOSED);
  }
}
