/**
 * A result that somebody else has already written as JSON text, with room around it for the envelope:
 *
 *   memory  [ room for {"id":...,"result": ][ the result ][ room for } ]
 *                                           ^ start        ^ end
 *
 * So a megabyte of base64 is written once, and goes to the socket from where it was written.
 */
import { encodeResult } from './envelope-text.js';
import type { RequestId } from './ids.js';

/** Room to leave in front of the result; the envelope of a longer id does not fit. */
export const RESULT_HEAD_BYTES = 256;
/** Room to leave behind it. */
export const RESULT_TAIL_BYTES = 1;

export interface ReadyResult {
  readonly memory: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A result that is a text so far. */
export function readyText(json: string): ReadyResult {
  const end = RESULT_HEAD_BYTES + Buffer.byteLength(json);
  const memory = Buffer.allocUnsafe(end + RESULT_TAIL_BYTES);
  memory.write(json, RESULT_HEAD_BYTES);
  return { memory, start: RESULT_HEAD_BYTES, end };
}

/** The whole message, as a view of the result's memory where the envelope fits in; the memory around the result is written to. */
export function wrapReadyResult(id: RequestId, { memory, start, end }: ReadyResult): Uint8Array {
  const envelope = Buffer.from(encodeResult(id, ''));
  const head = envelope.subarray(0, -RESULT_TAIL_BYTES);
  const tail = envelope.subarray(-RESULT_TAIL_BYTES);
  if (head.length > start || end + tail.length > memory.length) {
    return Buffer.concat([head, memory.subarray(start, end), tail]);
  }
  memory.set(head, start - head.length);
  memory.set(tail, end);
  return memory.subarray(start - head.length, end + tail.length);
}
