import type { Link } from '#src/rendezvous/link.js';

/** A link whose socket takes frames when the test says so. */
export class FakeLink implements Link {
  /** Frames that were handed to it, in order. */
  readonly sent: Uint8Array[] = [];
  readonly #waiting: { readonly bytes: number; readonly done: () => void }[] = [];
  paused = false;
  closed: { readonly code: number; readonly reason: string } | undefined;
  challenges = 0;
  queuedBytes = 0;

  send(frame: Uint8Array, done: () => void): void {
    this.sent.push(frame);
    this.queuedBytes += frame.byteLength;
    this.#waiting.push({ bytes: frame.byteLength, done });
  }

  /** The kernel takes so many frames of those that wait, and of those that follow them. */
  take(count = Number.POSITIVE_INFINITY): number {
    let taken = 0;
    for (; taken < count; taken += 1) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.queuedBytes -= next.bytes;
      next.done();
    }
    return taken;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  challenge(): void {
    this.challenges += 1;
  }
}
