/**
 * A frame as it stands on the wire, good for something or not; proto/relay.proto describes it.
 * Read by hand with protobufjs' reader, since its reflection takes 0.15 s to load; a test compares both.
 */
import protobuf from 'protobufjs/minimal.js';
import { undecodableFrame } from './errors.js';

export interface WireFrame {
  version: number;
  streamId: string;
  ack: number;
  ackBits: number;
  body: WireBody | undefined;
}

export type WireBody =
  | { kind: 'data'; seq: number; segmentIndex: number; segmentCount: number; payload: Uint8Array }
  | { kind: 'ack' }
  | { kind: 'resume'; nextSeq: number }
  | { kind: 'reset'; reason: string }
  | { kind: 'heartbeat' }
  | { kind: 'handshake'; payload: Uint8Array };

const VARINT = 0;
const BYTES = 2;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const EMPTY = new Uint8Array(0);

/** A body before anything of it was read, by the number of its field. */
const NEW_BODY: Readonly<Record<number, () => WireBody>> = {
  5: () => ({ kind: 'data', seq: 0, segmentIndex: 0, segmentCount: 0, payload: EMPTY }),
  6: () => ({ kind: 'ack' }),
  7: () => ({ kind: 'resume', nextSeq: 0 }),
  8: () => ({ kind: 'reset', reason: '' }),
  9: () => ({ kind: 'heartbeat' }),
  10: () => ({ kind: 'handshake', payload: EMPTY }),
};

/** Unknown fields are skipped, the last body wins, missing numbers are 0. Errors: `invalidFrame`. */
export function decodeWireFrame(message: Uint8Array): WireFrame {
  const frame: WireFrame = { version: 0, streamId: '', ack: 0, ackBits: 0, body: undefined };
  try {
    const reader = new protobuf.Reader(message);
    readFields(reader, message.length, (field, wireType) => readFrameField(reader, frame, field, wireType));
  } catch (cause) {
    throw undecodableFrame(cause instanceof Error ? cause.message : 'no protobuf message', cause);
  }
  return frame;
}

/** False: the field is unknown. */
type ReadField = (field: number, wireType: number) => boolean;

function readFields(reader: protobuf.Reader, end: number, read: ReadField): void {
  while (reader.pos < end) {
    const value = reader.uint32();
    const [field, wireType] = [value >>> 3, value & 7];
    if (field === 0) throw new RangeError('illegal tag: field number 0');
    if (!read(field, wireType)) reader.skipType(wireType, 0, field);
  }
  if (reader.pos !== end) throw new RangeError('a field ends behind its message');
}

function readFrameField(reader: protobuf.Reader, frame: WireFrame, field: number, wireType: number): boolean {
  switch (field) {
    case 1:
      frame.version = readNumber(reader, wireType);
      return true;
    case 2:
      frame.streamId = readText(reader, wireType);
      return true;
    case 3:
      frame.ack = readNumber(reader, wireType);
      return true;
    case 4:
      frame.ackBits = readNumber(reader, wireType);
      return true;
    default: {
      const fresh = NEW_BODY[field]?.();
      if (fresh === undefined) return false;
      // The last body wins; the same kind again adds to what is there.
      const body = frame.body?.kind === fresh.kind ? frame.body : fresh;
      frame.body = body;
      const end = readLength(reader, wireType) + reader.pos;
      readFields(reader, end, (inner, innerType) => readBodyField(reader, body, inner, innerType));
      return true;
    }
  }
}

function readBodyField(reader: protobuf.Reader, body: WireBody, field: number, wireType: number): boolean {
  switch (body.kind) {
    case 'data':
      if (field === 1) body.seq = readNumber(reader, wireType);
      else if (field === 2) body.segmentIndex = readNumber(reader, wireType);
      else if (field === 3) body.segmentCount = readNumber(reader, wireType);
      else if (field === 4) body.payload = readBytes(reader, wireType);
      else return false;
      return true;
    case 'resume':
      if (field !== 1) return false;
      body.nextSeq = readNumber(reader, wireType);
      return true;
    case 'reset':
      if (field !== 1) return false;
      body.reason = readText(reader, wireType);
      return true;
    case 'handshake':
      if (field !== 1) return false;
      body.payload = readBytes(reader, wireType);
      return true;
    case 'ack':
    case 'heartbeat':
      return false;
    default:
      return body satisfies never;
  }
}

function readNumber(reader: protobuf.Reader, wireType: number): number {
  expectType(wireType, VARINT);
  return reader.uint32();
}

function readBytes(reader: protobuf.Reader, wireType: number): Uint8Array {
  const length = readLength(reader, wireType);
  reader.skip(length);
  return reader.buf.subarray(reader.pos - length, reader.pos);
}

const readText = (reader: protobuf.Reader, wireType: number): string => utf8.decode(readBytes(reader, wireType));

/** How many bytes follow; they are there. */
function readLength(reader: protobuf.Reader, wireType: number): number {
  expectType(wireType, BYTES);
  const length = reader.uint32();
  if (length > reader.len - reader.pos) throw new RangeError('the message ends within a field');
  return length;
}

function expectType(wireType: number, expected: number): void {
  if (wireType !== expected) throw new RangeError(`invalid wire type ${wireType}`);
}
