import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { CLOSE_GRACE_MS } from '../protocol/limits.js';
import { LinkKeepalive } from '../relay/keepalive.js';
import { PongAnswers } from '../transport/pong-answers.js';
import { Alarm } from './alarm.js';
import type { LentFrame } from './frame-pool.js';
import type { LinkEnd } from './link-end.js';
import { maskInPlace } from './masked-frame.js';

export interface RelaySocketEvents {
  /** One binary message as it came: memory of its own, or a view of what was read at once. */
  frame(message: Buffer): void;
  /** A text message, which is never valid. */
  text(): void;
  /** The link has ended; once, and nothing follows. `saidGoodbye`: the peer sent a close frame. */
  closed(end: LinkEnd, saidGoodbye: boolean): void;
}

/** The end says that it goes away. Source: RFC 6455 section 7.4.1. */
const GOING_AWAY = 1001;
/** What stands for the code of a close frame that never came. Source: RFC 6455 section 7.1.5. */
const NO_CLOSE_FRAME = 1006;

/** The way of frames to a rendezvous: an open WebSocket, its keepalive, and how it ends. */
export class RelaySocket {
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #keepalive: LinkKeepalive;
  readonly #alarm: Alarm;
  /** Why it ends, when that is known before its end is. */
  #end: LinkEnd | undefined;
  #paused = false;

  /** Owns both from then on. `websocket`: open, with `autoPong` off. */
  constructor(websocket: WebSocket, socket: Socket, events: RelaySocketEvents, now = () => performance.now()) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.#now = now;
    this.#keepalive = new LinkKeepalive(now());
    this.#alarm = new Alarm(now, () => this.#look());
    socket.setNoDelay(true);
    const pongs = new PongAnswers(websocket);
    websocket.on('message', (data, isBinary) => {
      this.#keepalive.heard(now());
      if (this.#end !== undefined) return;
      if (isBinary) events.frame(data as Buffer);
      else events.text();
    });
    websocket.on('ping', (payload) => {
      this.#keepalive.heard(now());
      pongs.answer(payload);
    });
    websocket.on('pong', () => this.#ponged());
    // The library alone would wait for half a minute until the peer, which may be gone or hostile, agrees that it is over.
    websocket.on('error', () => this.terminate('read_error'));
    socket.on('error', () => this.#note('read_error'));
    // Half a link is none. The library alone would wait until all output has left, for ever if nobody reads it.
    socket.on('end', () => {
      this.#note('peer_close');
      websocket.terminate();
    });
    websocket.on('close', (code) => {
      this.#alarm.stop();
      events.closed(this.#end ?? 'peer_close', code !== NO_CLOSE_FRAME);
    });
    this.#plan();
    // Whoever dialled has it wait for its owner.
    websocket.resume();
  }

  /** `done`: the kernel has it, or it is lost with the link. Exactly once, in a later turn. */
  send(frame: Uint8Array, done: () => void): void {
    this.#write(done, (written) => this.#websocket.send(frame, { binary: true }, written));
  }

  /** The same for memory that is ours: it is masked where it lies, and the frame is told of the key. */
  sendInPlace(frame: LentFrame, done: () => void): void {
    this.#write(done, (written) => {
      const { head, key } = maskInPlace(frame.bytes);
      frame.maskedWith(key);
      // The library sends without compression and holds nothing back: what goes by it keeps its place.
      this.#socket.write(head);
      this.#socket.write(frame.bytes, written);
    });
  }

  #write(done: () => void, write: (written: (error?: Error | null) => void) => void): void {
    if (this.#end !== undefined || this.#websocket.readyState !== this.#websocket.OPEN) {
      setImmediate(done);
      return;
    }
    this.#keepalive.writing(this.#now());
    write((error) => {
      if (error) this.#note('write_error');
      this.#keepalive.written(this.#now());
      this.#plan();
      done();
    });
    this.#plan();
  }

  /** What `act` sends leaves in one segment, as far as it fits. */
  together(act: () => void): void {
    this.#socket.cork();
    try {
      act();
    } finally {
      this.#socket.uncork();
    }
  }

  /** Nothing is read; the peer's end is not noticed either. What was read before may still be told. */
  pause(): void {
    this.#paused = true;
    this.#websocket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // A pong that was due may be among what is read now.
    this.#ponged();
    this.#websocket.resume();
    this.#plan();
  }

  /** Says goodbye and ends, within a second also when nobody answers. Nothing is told but the end. */
  close(): void {
    if (this.#end !== undefined) return;
    this.#end = 'local_shutdown';
    this.#websocket.resume();
    this.#websocket.close(GOING_AWAY);
    const impatience = setTimeout(() => this.#websocket.terminate(), CLOSE_GRACE_MS);
    this.#websocket.once('close', () => clearTimeout(impatience));
  }

  /** Ends it at once. Nothing is told but the end. */
  terminate(end: LinkEnd = 'local_shutdown'): void {
    this.#note(end);
    this.#websocket.terminate();
  }

  #look(): void {
    const verdict = this.#keepalive.tick(this.#now());
    switch (verdict) {
      case undefined:
        break;
      case 'ping':
        this.#keepalive.writing(this.#now());
        this.#websocket.ping(undefined, undefined, () => {
          this.#keepalive.pingWritten(this.#now());
          this.#keepalive.written(this.#now());
          this.#plan();
        });
        break;
      case 'pong_timeout':
        if (!this.#paused) {
          this.terminate(verdict);
          return;
        }
        this.#ponged();
        break;
      case 'write_error':
        this.terminate(verdict);
        return;
      default:
        verdict satisfies never;
    }
    this.#plan();
  }

  #ponged(): void {
    this.#keepalive.heard(this.#now());
    this.#keepalive.ponged();
  }

  #plan(): void {
    if (this.#websocket.readyState === this.#websocket.OPEN) this.#alarm.set(this.#keepalive.deadline);
  }

  #note(end: LinkEnd): void {
    this.#end ??= end;
  }
}
