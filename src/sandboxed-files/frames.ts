/**
 * What passes over the pipes of a helper: JSON, and bytes that would be dear as JSON.
 *
 *   frame  [ u32 length of the JSON ][ u32 length of the body ][ JSON, UTF-8 ][ body ]      lengths big-endian
 */
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES, type ReadyResult } from '../protocol/ready-result.js';

export interface Frame {
  readonly json: string;
  /** With room around it for an envelope; undefined when the frame has no body, or an empty one. */
  readonly body: ReadyResult | undefined;
}

/** What a frame may be at most; each below 4 GiB. */
export interface FrameLimits {
  readonly jsonBytes: number;
  readonly bodyBytes: number;
}

const LENGTH_BYTES = 4;
const HEADER_BYTES = 2 * LENGTH_BYTES;
/** Larger bodies get memory of their own, which can change hands, and smaller ones a piece of what Node shares out. */
const OWN_MEMORY_BYTES = 64 * 1024;

/** The parts of one frame, to be written one after the other. The body is not copied. */
export function encodeFrame(json: string, body?: Uint8Array): Buffer[] {
  const jsonBytes = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(HEADER_BYTES + jsonBytes);
  head.writeUInt32BE(jsonBytes, 0);
  head.writeUInt32BE(body?.length ?? 0, LENGTH_BYTES);
  head.write(json, HEADER_BYTES);
  if (body === undefined || body.length === 0) return [head];
  return [head, Buffer.from(body.buffer, body.byteOffset, body.length)];
}

/** The part of a frame that comes next, and how much of it is there. */
type Part =
  | { readonly is: 'header'; readonly memory: Buffer; filled: number }
  | { readonly is: 'json'; readonly memory: Buffer; filled: number; readonly bodyBytes: number }
  | { readonly is: 'body'; readonly memory: Buffer; filled: number; readonly json: string };

/** Puts frames together from bytes that come in pieces of any size. Nothing of a piece is kept: it is copied, each byte once. */
export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #part: Part;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
    this.#part = this.#nextHeader();
  }

  /** Nothing of a frame has come that has not come whole. */
  get isBetweenFrames(): boolean {
    return this.#part.is === 'header' && this.#part.filled === 0;
  }

  /** The frames that end in this piece. Errors: `RangeError` for a frame beyond the limits; nothing can be read after it. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let from = 0; from < bytes.length; ) {
      const { memory, filled } = this.#part;
      const piece = bytes.subarray(from, from + memory.length - filled);
      memory.set(piece, filled);
      this.#part.filled += piece.length;
      from += piece.length;
      // A part without bytes is whole at once.
      while (this.#part.filled === this.#part.memory.length) this.#finish(frames);
    }
    return frames;
  }

  #finish(frames: Frame[]): void {
    const part = this.#part;
    switch (part.is) {
      case 'header':
        this.#part = this.#openJson(part.memory);
        break;
      case 'json':
        this.#part = this.#openBody(part.memory.toString(), part.bodyBytes);
        break;
      case 'body':
        frames.push({ json: part.json, body: readyBody(part.memory) });
        this.#part = this.#nextHeader();
        break;
      default:
        part satisfies never;
    }
  }

  #nextHeader(): Part {
    return { is: 'header', memory: this.#header, filled: 0 };
  }

  #openJson(header: Buffer): Part {
    const jsonBytes = checked(header.readUInt32BE(0), this.#limits.jsonBytes, 'JSON');
    const bodyBytes = checked(header.readUInt32BE(LENGTH_BYTES), this.#limits.bodyBytes, 'a body');
    return { is: 'json', memory: Buffer.allocUnsafe(jsonBytes), filled: 0, bodyBytes };
  }

  #openBody(json: string, bytes: number): Part {
    return { is: 'body', memory: bytes === 0 ? EMPTY : roomFor(bytes), filled: 0, json };
  }
}

const EMPTY = Buffer.alloc(0);

function checked(length: number, limit: number, what: string): number {
  if (length > limit) throw new RangeError(`a frame has ${what} of ${length} bytes; limit is ${limit}`);
  return length;
}

/** The place of a body in memory that has room around it. */
function roomFor(bytes: number): Buffer {
  const size = RESULT_HEAD_BYTES + bytes + RESULT_TAIL_BYTES;
  const memory = bytes < OWN_MEMORY_BYTES ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
  return memory.subarray(RESULT_HEAD_BYTES, RESULT_HEAD_BYTES + bytes);
}

function readyBody(body: Buffer): ReadyResult | undefined {
  if (body.length === 0) return undefined;
  const size = RESULT_HEAD_BYTES + body.length + RESULT_TAIL_BYTES;
  const memory = Buffer.from(body.buffer, body.byteOffset - RESULT_HEAD_BYTES, size);
  return { memory, start: RESULT_HEAD_BYTES, end: RESULT_HEAD_BYTES + body.length };
}
