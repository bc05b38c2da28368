/** Frames as bytes. Written by hand with protobufjs' writer, so that a record is encrypted right where it leaves from. */
import protobuf from 'protobufjs/minimal.js';
import { type Frame, RELAY_VERSION } from './frame.js';
import type { StreamId } from './stream-id.js';

export type FrameHead = Omit<Frame, 'body'>;

/** A frame with room for a ciphertext, to be sealed into it from `at` up to its end. */
export interface OpenDataFrame<Memory> {
  readonly frame: Memory;
  readonly at: number;
}

/** Memory of a frame. */
interface FrameMemory {
  readonly bytes: Buffer;
}

export const ownMemory = (bytes: number): FrameMemory => ({ bytes: Buffer.allocUnsafeSlow(bytes) });

const VARINT = 0;
const BYTES = 2;
/** A varint of 32 bits at its longest, with its field's tag; and so many tags, numbers and lengths are in a data frame. */
const VARINT_FIELD_BYTES = 6;
const DATA_OVERHEAD_BYTES = 8 * VARINT_FIELD_BYTES;

/** The caller keeps below `RELAY_FRAME_BYTES`. */
export function encodeFrame({ body, ...head }: Frame): Uint8Array {
  if (body.kind === 'data') {
    const { frame, at } = openDataFrame(head, body.seq, body.payload.length, ownMemory);
    frame.bytes.set(body.payload, at);
    return frame.bytes;
  }
  const writer = begun(head);
  switch (body.kind) {
    case 'ack':
      return writer.uint32(tag(6, BYTES)).uint32(0).finish();
    case 'resume':
      writer.uint32(tag(7, BYTES)).fork();
      writeNumber(writer, 1, body.nextSeq);
      return writer.ldelim().finish();
    case 'reset':
      writer.uint32(tag(8, BYTES)).fork();
      return writer.uint32(tag(1, BYTES)).string(body.reason).ldelim().finish();
    case 'heartbeat':
      return writer.uint32(tag(9, BYTES)).uint32(0).finish();
    case 'handshake':
      writer.uint32(tag(10, BYTES)).fork();
      return writer.uint32(tag(1, BYTES)).bytes(body.payload).ldelim().finish();
    default:
      return body satisfies never;
  }
}

/**
 * A data frame whose ciphertext has yet to be written, so that it is encrypted where it leaves from.
 * The memory may be kept for sending it again.
 */
export function openDataFrame<Memory extends FrameMemory>(
  head: FrameHead,
  seq: number,
  ciphertextBytes: number,
  lend: (bytes: number) => Memory,
): OpenDataFrame<Memory> {
  const data = protobuf.Writer.create();
  writeNumber(data, 1, seq);
  writeNumber(data, 3, 1);
  const dataHead = data.uint32(tag(4, BYTES)).uint32(ciphertextBytes).finish();
  const dataBytes = dataHead.length + ciphertextBytes;
  const frameHead = begun(head).uint32(tag(5, BYTES)).uint32(dataBytes).finish();
  const at = frameHead.length + dataHead.length;
  const frame = lend(at + ciphertextBytes);
  frame.bytes.set(frameHead, 0);
  frame.bytes.set(dataHead, frameHead.length);
  return { frame, at };
}

/** What a data frame of this stream has beside its ciphertext, at most. */
export const dataOverheadBytes = (streamId: StreamId): number => DATA_OVERHEAD_BYTES + Buffer.byteLength(streamId);

/** What a frame takes, at most. */
export function frameBytesAtMost({ streamId, body }: Frame): number {
  const overhead = dataOverheadBytes(streamId);
  if (body.kind === 'reset') return overhead + Buffer.byteLength(body.reason);
  return body.kind === 'data' || body.kind === 'handshake' ? overhead + body.payload.length : overhead;
}

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function begun({ streamId, ack, ackBits }: FrameHead): protobuf.Writer {
  const writer = protobuf.Writer.create().uint32(tag(1, VARINT)).uint32(RELAY_VERSION);
  writer.uint32(tag(2, BYTES)).string(streamId);
  writeNumber(writer, 3, ack);
  writeNumber(writer, 4, ackBits);
  return writer;
}

/** Zeros are left out, as proto3 has it. */
function writeNumber(writer: protobuf.Writer, field: number, value: number): void {
  if (value !== 0) writer.uint32(tag(field, VARINT)).uint32(value);
}
