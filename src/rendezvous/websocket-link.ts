import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { CLOSE_GRACE_MS, PING_INTERVAL_MS } from '../protocol/limits.js';
import { look, quietSoFar } from '../transport/keepalive.js';
import { PongAnswers } from '../transport/pong-answers.js';
import type { CloseCode, Link, LinkEvents } from './link.js';

/** Makes a link of an open WebSocket with `autoPong` off, and owns it with its socket from then on. */
export class WebSocketLink implements Link {
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  readonly #looks: NodeJS.Timeout;
  #keepalive = quietSoFar;
  #queuedBytes = 0;
  #takenBytes = 0;
  #reading = true;
  #closing = false;
  #challenged = false;

  /** `pingIntervalMs`: how often the end is looked at. */
  constructor(
    websocket: WebSocket,
    socket: Socket,
    open: (link: Link) => LinkEvents,
    pingIntervalMs = PING_INTERVAL_MS,
  ) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.#looks = setInterval(() => this.#lookAtPeer(), pingIntervalMs).unref();
    const events = open(this);
    const pongs = new PongAnswers(websocket);
    websocket.on('message', (data, isBinary) => {
      if (this.#closing) return;
      if (isBinary) events.message(data as Buffer);
      else this.close(1003, 'frames are binary messages');
    });
    websocket.on('ping', (payload) => pongs.answer(payload));
    // Its end follows, and says all there is to say.
    websocket.on('error', () => {});
    websocket.on('close', () => {
      clearInterval(this.#looks);
      events.closed();
    });
    // Half a link is none. The library alone would wait until all output has left, for ever if nobody reads it.
    socket.on('end', () => websocket.terminate());
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(frame: Uint8Array, done: () => void): void {
    if (this.#closing || this.#websocket.readyState !== this.#websocket.OPEN) {
      setImmediate(done);
      return;
    }
    this.#queuedBytes += frame.byteLength;
    this.#websocket.send(frame, { binary: true }, () => {
      this.#queuedBytes -= frame.byteLength;
      this.#takenBytes += frame.byteLength;
      done();
    });
  }

  pause(): void {
    this.#reading = false;
    this.#websocket.pause();
  }

  resume(): void {
    this.#reading = true;
    this.#websocket.resume();
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    // Its answer is to be read, and what comes before it is thrown away.
    this.resume();
    this.#websocket.close(code, reason);
    const impatience = setTimeout(() => this.#websocket.terminate(), CLOSE_GRACE_MS);
    this.#websocket.once('close', () => clearTimeout(impatience));
  }

  challenge(ms: number): void {
    // What a link sends that is not read says nothing; then its reader decides about it.
    if (this.#challenged || !this.#reading || this.#websocket.readyState !== this.#websocket.OPEN) return;
    this.#challenged = true;
    const impatience = setTimeout(() => this.#websocket.terminate(), ms).unref();
    const decided = () => {
      this.#challenged = false;
      clearTimeout(impatience);
      this.#socket.off('data', decided);
      this.#websocket.off('close', decided);
    };
    this.#socket.on('data', decided);
    this.#websocket.on('close', decided);
    this.#websocket.ping();
  }

  #lookAtPeer(): void {
    const [keepalive, verdict] = look(this.#keepalive, {
      received: this.#socket.bytesRead,
      taken: this.#takenBytes,
      queued: this.#queuedBytes,
      reading: this.#reading,
    });
    this.#keepalive = keepalive;
    if (verdict === 'ping') this.#websocket.ping();
    else this.#websocket.terminate();
  }
}
