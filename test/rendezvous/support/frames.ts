import type { Body } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import { asStreamId } from '#src/relay/stream-id.js';

/** One frame of a stream, as bytes; a resume unless something else is said. */
export const frameOf = (streamId: string, body: Body = { kind: 'resume', nextSeq: 0 }): Uint8Array =>
  encodeFrame({ streamId: asStreamId(streamId), ack: 0, ackBits: 0, body });

export const dataOf = (streamId: string, bytes: number, seq = 0): Uint8Array =>
  frameOf(streamId, { kind: 'data', seq, payload: new Uint8Array(bytes) });
