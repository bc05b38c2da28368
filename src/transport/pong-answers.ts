import type { WebSocket } from 'ws';

/** How far the answer to the peer's pings is: none due, or one on its way and perhaps a newer one behind it. */
type Answering = { is: 'idle' } | { is: 'sending'; next: Buffer | undefined };

/**
 * Answers pings, at most one answer queued at a time: a peer that pings without reading fills no queue.
 * When several pings came meanwhile only the latest is answered, as RFC 6455 section 5.5.3 allows.
 */
export class PongAnswers {
  readonly #websocket: WebSocket;
  #answering: Answering = { is: 'idle' };

  constructor(websocket: WebSocket) {
    this.#websocket = websocket;
  }

  answer(payload: Buffer): void {
    if (this.#answering.is === 'sending') {
      this.#answering.next = payload;
      return;
    }
    this.#answering = { is: 'sending', next: undefined };
    // Masked or not as our role demands; the library knows which.
    this.#websocket.pong(payload, undefined, () => this.#sent());
  }

  #sent(): void {
    const next = this.#answering.is === 'sending' ? this.#answering.next : undefined;
    this.#answering = { is: 'idle' };
    if (next !== undefined) this.answer(next);
  }
}
