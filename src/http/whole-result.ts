/**
 * The result of a request whose body is told whole, written as it arrives, so that no turn of the event loop has much to encode:
 *
 *   memory  [ room for the envelope ][ {"status":...,"bodyBase64":" ][ base64 ... ][ "} ][ room for the envelope ]
 */

import { HTTP_SMALL_BODY_BYTES } from '../protocol/limits.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES, type ReadyResult } from '../protocol/ready-result.js';
import { bodyTooLarge } from './errors.js';

const RESULT_END = '"}';
/** Of base64: so many bytes become so many characters. */
const GROUP_BYTES = 3;
const GROUP_CHARACTERS = 4;

export class WholeResult {
  #memory: Buffer;
  #end: number;
  /** Bytes that do not make a group yet. */
  #rest: Buffer = Buffer.alloc(0);
  #bodyBytes = 0;
  readonly #bodyLimitBytes: number;
  /** Of the memory, if the body is as long as it was announced. */
  readonly #expectedLength: number;

  /** `head`: the result up to the body. `announcedBytes`: of the body, 0 if unknown. Errors: so much does not fit. */
  constructor(head: string, announcedBytes: number, replyLimitBytes: number) {
    const around = RESULT_HEAD_BYTES + Buffer.byteLength(head) + RESULT_END.length + RESULT_TAIL_BYTES;
    this.#bodyLimitBytes = Math.floor(Math.max(replyLimitBytes - around, 0) / GROUP_CHARACTERS) * GROUP_BYTES;
    if (announcedBytes > this.#bodyLimitBytes) throw bodyTooLarge(this.#bodyLimitBytes);
    this.#expectedLength = around + encodedLength(announcedBytes);
    // An announcement costs nothing, so memory for all of a large body is taken only when some of it is there.
    this.#memory = Buffer.allocUnsafe(around + encodedLength(Math.min(announcedBytes, HTTP_SMALL_BODY_BYTES)));
    this.#end = RESULT_HEAD_BYTES + this.#memory.write(head, RESULT_HEAD_BYTES);
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** The piece is not kept. Errors: it does not fit. */
  add(piece: Buffer): void {
    this.#bodyBytes += piece.length;
    if (this.#bodyBytes > this.#bodyLimitBytes) throw bodyTooLarge(this.#bodyLimitBytes);
    const missing = this.#rest.length === 0 ? 0 : GROUP_BYTES - this.#rest.length;
    if (piece.length < missing) {
      this.#rest = Buffer.concat([this.#rest, piece]);
      return;
    }
    if (missing > 0) this.#write(Buffer.concat([this.#rest, piece.subarray(0, missing)]));
    const whole = missing + Math.floor((piece.length - missing) / GROUP_BYTES) * GROUP_BYTES;
    this.#write(piece.subarray(missing, whole));
    this.#rest = Buffer.from(piece.subarray(whole));
  }

  /** The result; nothing is added any more. */
  finish(): ReadyResult {
    this.#write(this.#rest);
    this.#makeRoom(RESULT_END.length + RESULT_TAIL_BYTES);
    this.#end += this.#memory.write(RESULT_END, this.#end);
    return { memory: this.#memory, start: RESULT_HEAD_BYTES, end: this.#end };
  }

  #write(bytes: Buffer): void {
    this.#makeRoom(encodedLength(bytes.length) + RESULT_END.length + RESULT_TAIL_BYTES);
    this.#end += this.#memory.write(bytes.toString('base64'), this.#end, 'latin1');
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#memory.length) return;
    const length = needed <= this.#expectedLength ? this.#expectedLength : Math.max(needed, 2 * this.#memory.length);
    const larger = Buffer.allocUnsafe(length);
    this.#memory.copy(larger, 0, 0, this.#end);
    this.#memory = larger;
  }
}

const encodedLength = (bytes: number) => Math.ceil(bytes / GROUP_BYTES) * GROUP_CHARACTERS;
