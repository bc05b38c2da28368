import test from 'ava';
import { HASHED_NAME } from '#src/noise/names.js';
import { decodePublicKey, encodePublicKey, type PublicKeyRecord, samePublicKey } from '#src/noise/public-key.js';
import { VECTORS } from './support/vectors.js';

const RECORD = VECTORS[0]!.initiator_static.public_key_json;
const OTHER = VECTORS[0]!.responder_static.public_key_json;
const base64 = (length: number) => Buffer.alloc(length, 1).toString('base64');

test('a key is the same after it was written and read', (t) => {
  for (const record of VECTORS.flatMap(({ initiator_static: one, responder_static: other }) => [one, other])) {
    t.deepEqual(encodePublicKey(decodePublicKey(record.public_key_json)), record.public_key_json);
  }
});

test('a key that lies in larger memory is written alone', (t) => {
  const { x25519, mlkem768 } = decodePublicKey(RECORD);
  const memory = Buffer.concat([Buffer.alloc(5), x25519, mlkem768, Buffer.alloc(5)]);
  const key = { x25519: new Uint8Array(memory.subarray(5, 37)), mlkem768: memory.subarray(37, 37 + 1184) };
  t.deepEqual(encodePublicKey(key), RECORD);
});

const INVALID: readonly [what: string, change: Partial<PublicKeyRecord>, text: string][] = [
  ['the name that is hashed', { suite: HASHED_NAME }, 'unsupported Noise channel suite'],
  ['no suite', { suite: '' }, 'unsupported Noise channel suite'],
  ['no base64', { x25519_public_key: '*' }, 'invalid X25519 public key'],
  ['no padding', { x25519_public_key: base64(32).replace('=', '') }, 'invalid X25519 public key'],
  ['bits behind the last byte', { x25519_public_key: base64(32).replace(/.=$/, 'F=') }, 'invalid X25519 public key'],
  ['the other alphabet', { x25519_public_key: '-'.repeat(44) }, 'invalid X25519 public key'],
  ['31 bytes', { x25519_public_key: base64(31) }, 'invalid X25519 public key length'],
  ['33 bytes', { x25519_public_key: base64(33) }, 'invalid X25519 public key length'],
  ['nothing', { x25519_public_key: '' }, 'invalid X25519 public key length'],
  ['white space', { mlkem768_public_key: `${RECORD.mlkem768_public_key}\n` }, 'invalid ML-KEM-768 public key'],
  ['1183 bytes', { mlkem768_public_key: base64(1183) }, 'invalid ML-KEM-768 public key length'],
  ['1185 bytes', { mlkem768_public_key: base64(1185) }, 'invalid ML-KEM-768 public key length'],
  ['both wrong', { x25519_public_key: '*', mlkem768_public_key: '*' }, 'invalid X25519 public key'],
];
for (const [what, change, text] of INVALID) {
  test(`a key is refused: ${what}`, (t) => {
    t.throws(() => decodePublicKey({ ...RECORD, ...change }), {
      code: 'invalidPublicKey',
      message: `invalid Noise channel public key: ${text}`,
    });
  });
}

test('keys are the same when both parts are', (t) => {
  const [one, other] = [decodePublicKey(RECORD), decodePublicKey(OTHER)];
  t.true(samePublicKey(one, decodePublicKey(RECORD)));
  t.false(samePublicKey(one, { ...one, x25519: other.x25519 }));
  t.false(samePublicKey(one, { ...one, mlkem768: other.mlkem768 }));
});
