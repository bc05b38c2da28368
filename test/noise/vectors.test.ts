/** Handshakes and records of the published vectors, byte for byte and in both roles; with every ML-KEM that this runtime has. */
import test from 'ava';
import { readRequest, readResponse, writeRequest, writeResponse } from '#src/noise/hybrid-ik.js';
import { finish, request } from '#src/noise/initiator.js';
import { createKeyPair } from '#src/noise/key-pair.js';
import { HASHED_NAME } from '#src/noise/names.js';
import { nativeKem } from '#src/noise/native-kem.js';
import { loadNobleKem } from '#src/noise/noble-kem.js';
import type { Primitives } from '#src/noise/primitives.js';
import { prologueOf } from '#src/noise/prologue.js';
import { decodePublicKey, encodePublicKey } from '#src/noise/public-key.js';
import { RecordOpener, RecordSealer } from '#src/noise/record-cipher.js';
import { accept, receive, reject } from '#src/noise/responder.js';
import { loadSodiumDh } from '#src/noise/sodium-dh.js';
import type { SymmetricState } from '#src/noise/symmetric-state.js';
import { requestByHand, responseByHand } from './support/by-hand.js';
import { scriptedRandom } from './support/scripted-random.js';
import {
  authorizationOf,
  bytes,
  hex,
  identityOf,
  isRecord,
  placeOf,
  recordsOf,
  requestOf,
  requestRandom,
  responseOf,
  responseRandom,
  type TraceStep,
  VECTORS,
  type Vector,
} from './support/vectors.js';

const dh = await loadSodiumDh();
const noble = await loadNobleKem();
const native = nativeKem();

/** The runtime's own draws `m` itself, so this part is always that of the other. */
const KEMS = [noble, ...(native === undefined ? [] : [{ ...native, encapsulate: noble.encapsulate }])];

test('there are vectors', (t) => t.is(VECTORS.length, 3));

for (const vector of VECTORS) {
  for (const kem of KEMS) testVector(vector, { dh, kem });

  test(`${vector.name}: the prologue`, (t) => t.is(hex(prologueOf(placeOf(vector))), vector.prologue_hex));

  for (const direction of ['initiator_to_responder', 'responder_to_initiator'] as const) {
    test(`${vector.name}: records, ${direction}`, (t) => {
      const key = bytes(vector.transport_keys[`${direction}_hex`]);
      const [sealer, opener] = [new RecordSealer(key), new RecordOpener(key)];
      for (const { plaintext, record } of recordsOf(vector[direction])) {
        const sealed = sealer.seal(plaintext);
        t.is(sealed.length, record.ciphertext.len);
        t.true(isRecord(record, sealed));
        t.true(opener.open(sealed).equals(plaintext));
      }
    });
  }
}

function testVector(vector: Vector, primitives: Primitives): void {
  const initiator = identityOf(primitives, vector.initiator_static);
  const responder = identityOf(primitives, vector.responder_static);
  const title = `${vector.name}, ${primitives.kem.name} ML-KEM`;
  const payloads = [Buffer.from(authorizationOf(vector)), Buffer.from(vector.message2.payload_utf8)] as const;
  const expectedKeys = {
    toResponder: vector.transport_keys.initiator_to_responder_hex,
    toInitiator: vector.transport_keys.responder_to_initiator_hex,
    handshakeHash: vector.handshake_hash_hex,
  };
  const inHex = (keys: object) => Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, hex(key)]));

  test(`${title}: public keys`, (t) => {
    t.deepEqual(encodePublicKey(initiator.publicKey), vector.initiator_static.public_key_json);
    t.deepEqual(encodePublicKey(responder.publicKey), vector.responder_static.public_key_json);
  });

  test(`${title}: both messages and the keys, in both roles`, (t) => {
    const prologue = prologueOf(placeOf(vector));
    const executorKey = decodePublicKey(vector.responder_static.public_key_json);
    const { message, requested } = writeRequest(
      primitives,
      initiator,
      executorKey,
      prologue,
      payloads[0],
      requestRandom(vector),
    );
    t.true(Buffer.from(message).equals(requestOf(vector)));

    const { payload, received } = readRequest(primitives, responder, prologue, message);
    t.deepEqual(Buffer.from(payload), payloads[0]);
    t.deepEqual(encodePublicKey(received.initiator), vector.initiator_static.public_key_json);

    const answer = writeResponse(primitives, received, payloads[1], responseRandom(vector));
    t.true(Buffer.from(answer.message).equals(responseOf(vector)));
    t.deepEqual(inHex(answer.keys), expectedKeys);

    const read = readResponse(primitives, initiator, requested, answer.message);
    t.deepEqual(Buffer.from(read.payload), payloads[1]);
    t.deepEqual(inHex(read.keys), expectedKeys);
  });

  test(`${title}: asked and answered as harness and executor do`, (t) => {
    const question = {
      identity: initiator,
      responder: responder.publicKey,
      place: placeOf(vector),
      authorization: authorizationOf(vector),
    };
    const { message, requested } = request(primitives, question, requestRandom(vector));
    t.true(Buffer.from(message).equals(requestOf(vector)));
    const { authorization, received } = receive(primitives, responder, question.place, message);
    t.is(Buffer.from(authorization).toString(), question.authorization);
    if (payloads[1].length > 0) {
      t.true(Buffer.from(reject(primitives, received, responseRandom(vector))).equals(responseOf(vector)));
      t.throws(() => finish(primitives, initiator, requested, responseOf(vector)), { code: 'registryRejected' });
    } else {
      const answer = accept(primitives, received, responseRandom(vector));
      t.true(Buffer.from(answer.message).equals(responseOf(vector)));
      t.deepEqual(inHex(finish(primitives, initiator, requested, answer.message)), expectedKeys);
    }
  });

  test(`${title}: every state in between`, (t) => {
    const trace: TraceStep[] = [];
    const look = (after: string, { hash, chainingKey, key, keyed, counter }: SymmetricState) =>
      trace.push({
        after,
        h: hex(hash),
        ck: hex(chainingKey),
        k: keyed ? hex(key) : null,
        n: keyed ? counter : null,
      });
    const { randomness } = vector;
    const ephemeral = createKeyPair(
      primitives,
      scriptedRandom(
        randomness.initiator_ephemeral_x25519_private_hex,
        randomness.initiator_ephemeral_mlkem768_seed_hex,
      ),
    );
    const responderEphemeral = createKeyPair(
      primitives,
      scriptedRandom(
        randomness.responder_ephemeral_x25519_private_hex,
        randomness.responder_ephemeral_mlkem768_seed_hex,
      ),
    );
    const { message, state } = requestByHand(
      primitives,
      {
        name: HASHED_NAME,
        prologue: prologueOf(placeOf(vector)),
        identity: initiator,
        ephemeral,
        responder: responder.publicKey,
        payload: payloads[0],
      },
      scriptedRandom(randomness.m1_skem_encapsulation_m_hex),
      look,
    );
    const response = responseByHand(
      primitives,
      state,
      initiator.publicKey,
      ephemeral.publicKey,
      responderEphemeral,
      payloads[1],
      scriptedRandom(randomness.m2_ekem_encapsulation_m_hex, randomness.m2_skem_encapsulation_m_hex),
      look,
    );
    t.true(message.equals(requestOf(vector)));
    t.true(response.equals(responseOf(vector)));
    t.deepEqual(trace, vector.symmetric_state_trace);
  });
}
