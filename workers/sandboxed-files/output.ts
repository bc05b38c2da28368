import { writevSync } from 'node:fs';
import { encodeFrame } from '#src/sandboxed-files/frames.js';
import type { HelperReply } from '#src/sandboxed-files/messages.js';

/** Where replies go. Writing waits until the other side has taken them: meanwhile no request is read, so that nothing piles up here. */
export class Output {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The body is not kept. Errors: EPIPE when nobody reads any more. */
  write(reply: HelperReply, body?: Uint8Array): void {
    let parts = encodeFrame(JSON.stringify(reply), body);
    while (parts.length > 0) parts = behind(parts, writevSync(this.#fd, parts));
  }
}

/** What is left of the parts when so many bytes of them are gone. */
function behind(parts: readonly Buffer[], bytes: number): Buffer[] {
  let gone = bytes;
  return parts.flatMap((part) => {
    const left = part.subarray(gone);
    gone = Math.max(gone - part.length, 0);
    return left.length === 0 ? [] : [left];
  });
}
