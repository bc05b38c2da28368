/** The published vectors: handshakes with all their randomness, and what comes out. Both roles were checked against release 0.169.0. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import type { Primitives } from '#src/noise/primitives.js';
import type { ChannelPlace } from '#src/noise/prologue.js';
import type { PublicKeyRecord } from '#src/noise/public-key.js';
import { scriptedRandom } from './scripted-random.js';

export interface Vector {
  readonly name: string;
  readonly environment_id: string;
  readonly executor_registration_id: string;
  readonly stream_id: string;
  readonly prologue_hex: string;
  readonly initiator_static: VectorIdentity;
  readonly responder_static: VectorIdentity;
  readonly randomness: {
    readonly m1_skem_encapsulation_m_hex: string;
    readonly initiator_ephemeral_x25519_private_hex: string;
    readonly initiator_ephemeral_mlkem768_seed_hex: string;
    readonly m2_ekem_encapsulation_m_hex: string;
    readonly m2_skem_encapsulation_m_hex: string;
    readonly responder_ephemeral_x25519_private_hex: string;
    readonly responder_ephemeral_mlkem768_seed_hex: string;
  };
  readonly message1: VectorMessage & { readonly payload: { readonly len: number; readonly hex?: string } };
  readonly message2: VectorMessage & { readonly payload_utf8: string };
  readonly symmetric_state_trace: readonly TraceStep[];
  readonly handshake_hash_hex: string;
  readonly transport_keys: {
    readonly initiator_to_responder_hex: string;
    readonly responder_to_initiator_hex: string;
  };
  readonly initiator_to_responder: readonly VectorJson[];
  readonly responder_to_initiator: readonly VectorJson[];
}

export interface VectorIdentity {
  readonly x25519_private_hex: string;
  readonly mlkem768_seed_d_z_hex: string;
  readonly public_key_json: PublicKeyRecord;
}

interface VectorMessage {
  /** The parts in their order, bytes. */
  readonly layout: readonly { readonly part: string; readonly len: number }[];
  readonly base64: string;
}

export interface TraceStep {
  readonly after: string;
  readonly h: string;
  readonly ck: string;
  readonly k: string | null;
  readonly n: number | null;
}

interface VectorJson {
  /** Absent for one that is `{"id":7,"result":{"dataBase64":"QUJD..."}}` with as many QUJD as make its length. */
  readonly json?: string;
  readonly json_len: number;
  readonly records: readonly VectorRecord[];
}

export interface VectorRecord {
  readonly plaintext_len: number;
  readonly ciphertext: { readonly len: number; readonly hex?: string; readonly sha256?: string };
}

export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../../test/noise/vectors.json', import.meta.url), 'utf8'),
).vectors;

export const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const identityOf = (primitives: Primitives, identity: VectorIdentity): KeyPair =>
  createKeyPair(primitives, scriptedRandom(identity.x25519_private_hex, identity.mlkem768_seed_d_z_hex));

export const placeOf = (vector: Vector): ChannelPlace => ({
  environmentId: vector.environment_id,
  executorRegistrationId: vector.executor_registration_id,
  streamId: vector.stream_id,
});

/** The authorization. The longest is not spelled out: it is one letter, many times. */
export const authorizationOf = ({ message1: { payload } }: Vector): string =>
  payload.hex === undefined ? 'a'.repeat(payload.len) : bytes(payload.hex).toString();

export const requestOf = ({ message1 }: Vector): Buffer => Buffer.from(message1.base64, 'base64');
export const responseOf = ({ message2 }: Vector): Buffer => Buffer.from(message2.base64, 'base64');

/** What the initiator draws, in the order of `writeRequest`. */
export const requestRandom = ({ randomness }: Vector) =>
  scriptedRandom(
    randomness.initiator_ephemeral_x25519_private_hex,
    randomness.initiator_ephemeral_mlkem768_seed_hex,
    randomness.m1_skem_encapsulation_m_hex,
  );

/** What the responder draws, in the order of `writeResponse`. */
export const responseRandom = ({ randomness }: Vector) =>
  scriptedRandom(
    randomness.m2_ekem_encapsulation_m_hex,
    randomness.m2_skem_encapsulation_m_hex,
    randomness.responder_ephemeral_x25519_private_hex,
    randomness.responder_ephemeral_mlkem768_seed_hex,
  );

/** One direction's plaintexts with the records that come of them, in order. */
export const recordsOf = (messages: readonly VectorJson[]): { plaintext: Buffer; record: VectorRecord }[] =>
  messages.flatMap((message) => {
    let rest = framed(message);
    return message.records.map((record) => {
      const plaintext = rest.subarray(0, record.plaintext_len);
      rest = rest.subarray(record.plaintext_len);
      return { plaintext, record };
    });
  });

/** Whether these are the bytes that the vector tells, whole or by their hash. */
export const isRecord = ({ ciphertext }: VectorRecord, sealed: Uint8Array): boolean =>
  ciphertext.hex === undefined
    ? createHash('sha256').update(sealed).digest('hex') === ciphertext.sha256
    : hex(sealed) === ciphertext.hex;

function framed(message: VectorJson): Buffer {
  const json = Buffer.from(message.json ?? longJson(message.json_len));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

function longJson(length: number): string {
  const [before, after] = ['{"id":7,"result":{"dataBase64":"', '"}}'];
  return before + 'QUJD'.repeat((length - before.length - after.length) / 4) + after;
}
