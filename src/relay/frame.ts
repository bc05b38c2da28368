/** One frame between an executor or a harness and the rendezvous: one binary WebSocket message each. */
import {
  incompleteData,
  missingBody,
  missingHandshakePayload,
  missingReason,
  missingStreamId,
  unsupportedVersion,
} from './errors.js';
import { asStreamId, type StreamId } from './stream-id.js';
import { decodeWireFrame, type WireBody } from './wire-frame.js';

export interface Frame {
  readonly streamId: StreamId;
  /** The highest number received in order; 0 with no bits says nothing, but for a body that is `ack`. Not authenticated. */
  readonly ack: number;
  /** Bit i: number ack + 1 + i was received. */
  readonly ackBits: number;
  readonly body: Body;
}

export type Body =
  /** One encrypted record. Records of one direction are numbered 0, 1, 2, ... */
  | { readonly kind: 'data'; readonly seq: number; readonly payload: Uint8Array }
  | { readonly kind: 'ack' }
  | { readonly kind: 'resume'; readonly nextSeq: number }
  /** The reason is not authenticated, and is neither logged nor shown. */
  | { readonly kind: 'reset'; readonly reason: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'handshake'; readonly payload: Uint8Array };

export const RELAY_VERSION = 1;
/** The only reason that an executor of 0.169.0 gives. */
export const PROTOCOL_ERROR = 'noise_relay_protocol_error';

/** Unicode's White_Space, which differs from what String.trim takes away. */
const BLANK = /^\p{White_Space}*$/u;

/** Takes one WebSocket message. Payloads are views of it. What is wrong is told in the order of the checks. Errors: `invalidFrame`. */
export function decodeFrame(message: Uint8Array): Frame {
  const { version, streamId, ack, ackBits, body } = decodeWireFrame(message);
  if (version !== RELAY_VERSION) throw unsupportedVersion(version);
  if (BLANK.test(streamId)) throw missingStreamId();
  if (body === undefined) throw missingBody();
  return { streamId: asStreamId(streamId), ack, ackBits, body: validated(body) };
}

function validated(body: WireBody): Body {
  switch (body.kind) {
    case 'data': {
      const { seq, segmentIndex, segmentCount, payload } = body;
      if (segmentIndex !== 0 || segmentCount !== 1 || payload.length === 0) throw incompleteData();
      return { kind: 'data', seq, payload };
    }
    case 'reset':
      if (body.reason === '') throw missingReason();
      return body;
    case 'handshake':
      if (body.payload.length === 0) throw missingHandshakePayload();
      return body;
    default:
      return body;
  }
}
