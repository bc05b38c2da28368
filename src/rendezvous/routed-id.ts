import { ROUTED_STREAM_ID_BYTES } from '../protocol/limits.js';
import { RELAY_VERSION } from '../relay/frame.js';
import { asStreamId, type StreamId } from '../relay/stream-id.js';
import { decodeWireFrame } from '../relay/wire-frame.js';

/** The stream of a frame, or undefined when it is no use to anybody. Whether its body is good is for the end that takes it. */
export function routedId(frame: Uint8Array): StreamId | undefined {
  try {
    const { version, streamId } = decodeWireFrame(frame);
    const isGood = version === RELAY_VERSION && streamId.trim() !== '' && bytes(streamId) <= ROUTED_STREAM_ID_BYTES;
    return isGood ? asStreamId(streamId) : undefined;
  } catch {
    return undefined;
  }
}

const bytes = (text: string): number => Buffer.byteLength(text);
