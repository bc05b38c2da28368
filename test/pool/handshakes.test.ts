/** The steps of a handshake come out the same wherever they are computed. */
import test, { type ExecutionContext } from 'ava';
import { type Handshakes, inlineHandshakes } from '#src/noise/handshakes.js';
import { writeRequest, writeResponse } from '#src/noise/hybrid-ik.js';
import { loadNobleKem } from '#src/noise/noble-kem.js';
import { loadPrimitives, type Primitives } from '#src/noise/primitives.js';
import { prologueOf } from '#src/noise/prologue.js';
import { decodePublicKey } from '#src/noise/public-key.js';
import { systemRandom } from '#src/noise/random.js';
import { HandshakePool } from '#src/pool/handshake-pool.js';
import { openHandshakes } from '#src/pool/open-handshakes.js';
import { Loopback } from '#test/noise/support/loopback.js';
import { flipped, Meeting, PLACE } from '#test/noise/support/meeting.js';
import {
  authorizationOf,
  hex,
  identityOf,
  placeOf,
  requestOf,
  requestRandom,
  responseOf,
  VECTORS,
  type Vector,
} from '#test/noise/support/vectors.js';
import { seenPools } from '#test/support/seen-pools.js';
import { isWiped, secretsOf } from './support/secrets-left.js';

const primitives = await loadPrimitives();
/** The runtime's own ML-KEM draws its randomness itself, so what a vector encapsulated is encapsulated by the other. */
const scriptable: Primitives = {
  dh: primitives.dh,
  kem: { ...primitives.kem, encapsulate: (await loadNobleKem()).encapsulate },
};

const NOISE_BYTES = 65_535;
const OVER = failed('handshake is over');
const REJECTED = {
  name: 'NoiseError',
  code: 'registryRejected',
  message: 'environment registry rejected executor credentials',
};
const CLOSED = { message: 'handshakes are closed' };

testAll('in this thread', () => inlineHandshakes(primitives));
testAll('in threads', () => new HandshakePool());

test('they are computed in threads exactly where ML-KEM is JavaScript', async (t) => {
  const before = seenPools.size;
  const handshakes = await openHandshakes();
  await handshakes.identity();
  await handshakes.close();
  t.is(handshakes instanceof HandshakePool, primitives.kem.name === 'noble');
  t.is(seenPools.size - before, primitives.kem.name === 'noble' ? 1 : 0);
});

function testAll(where: string, open: () => Handshakes): void {
  const handshakes = open();
  test.after.always(() => handshakes.close());
  const opened = Loopback.open(handshakes);
  const title = (what: string) => `${what} (${where})`;

  test(title('both ends come to the same keys, which no other handshake has'), async (t) => {
    const both = await opened;
    const [first, second] = [await both.shakeHands(), await both.shakeHands()];
    t.deepEqual(hexed(first.harness), hexed(first.executor));
    t.deepEqual(hexed(second.harness), hexed(second.executor));
    t.is(new Set([first, second].flatMap(({ harness }) => Object.values(hexed(harness)))).size, 6);
  });

  test(title('an identity is a fresh pair of keys'), async (t) => {
    const { harness, executor } = await opened;
    t.is(new Set([harness, executor].flatMap((pair) => secretsOf(pair).map(hex))).size, 4);
    for (const { publicKey, x25519PrivateKey, mlkem768PrivateKey } of [harness, executor]) {
      t.is(hex(primitives.dh.publicKeyOf(x25519PrivateKey)), hex(publicKey.x25519));
      const { ciphertext, sharedSecret } = primitives.kem.encapsulate(publicKey.mlkem768, systemRandom);
      t.is(hex(primitives.kem.decapsulate(ciphertext, mlkem768PrivateKey)), hex(sharedSecret));
    }
  });

  test(title('the executor learns the key and the authorization of who asks'), async (t) => {
    const both = await opened;
    const { message } = await both.request('Grüße ☃');
    const { authorization, received } = await both.receive(message);
    t.is(Buffer.from(authorization).toString(), 'Grüße ☃');
    t.deepEqual(hexed(received.initiator), hexed(both.harness.publicKey));
  });

  for (const vector of VECTORS) testVector(vector);

  test(title('each role understands the other where that works with the bare functions'), async (t) => {
    const both = await opened;
    const meeting = Object.assign(new Meeting(primitives), { harness: both.harness, executor: both.executor });

    const asked = meeting.request();
    const answer = await handshakes.accept((await both.receive(asked.message)).received);
    t.deepEqual(hexed(meeting.finish(asked.requested, answer.message)), hexed(answer.keys));

    const { message, requested } = await both.request();
    const answered = meeting.accept(meeting.receive(message).received);
    t.deepEqual(hexed(await handshakes.finish(both.harness, requested, answered.message)), hexed(answered.keys));
  });

  test(title('the harness is told that the registry refused the executor'), async (t) => {
    const both = await opened;
    const { message, requested } = await both.request();
    const response = await handshakes.reject((await both.receive(message)).received);
    await t.throwsAsync(handshakes.finish(both.harness, requested, response), REJECTED);
  });

  test(title('a request with a bit turned is refused'), async (t) => {
    const both = await opened;
    const { message } = await both.request();
    for (const bit of [0, message.length * 4, message.length * 8 - 1]) {
      await t.throwsAsync(both.receive(flipped(message, bit)), failed('decryption failed'), `${bit}`);
    }
    await t.notThrowsAsync(both.receive(message));
  });

  test(title('a response with a bit turned is refused, and the right one afterwards, too'), async (t) => {
    const both = await opened;
    const { message, requested } = await both.request();
    const response = (await handshakes.accept((await both.receive(message)).received)).message;
    for (const bit of [0, 9_000, response.length * 8 - 1]) {
      const copy = structuredClone(requested);
      await t.throwsAsync(
        handshakes.finish(both.harness, copy, flipped(response, bit)),
        failed('decryption failed'),
        `${bit}`,
      );
      t.true(isWiped(copy));
      await t.throwsAsync(handshakes.finish(both.harness, copy, response), OVER);
    }
    await t.notThrowsAsync(handshakes.finish(both.harness, requested, response));
  });

  test(title('errors have the code and the text of their step'), async (t) => {
    const both = await opened;
    const { harness, executor } = both;
    const ask = (keys: object) =>
      handshakes.request({
        identity: harness,
        responder: { ...executor.publicKey, ...keys },
        place: PLACE,
        authorization: '',
      });
    await t.throwsAsync(ask({ x25519: Buffer.alloc(32) }), failed('X25519 shared secret is zero'));
    await t.throwsAsync(ask({ mlkem768: Buffer.alloc(1184, 0xff) }), failed('ML-KEM-768 public key is not canonical'));
    await t.throwsAsync(both.request('a'.repeat(NOISE_BYTES)), invalid('handshake payload is too large'));
    await t.throwsAsync(both.receive(Buffer.alloc(10)), failed('message is too short'));
    await t.throwsAsync(both.receive(Buffer.alloc(NOISE_BYTES + 1)), invalid('handshake request is too large'));

    const { message, requested } = await both.request();
    const copy = structuredClone(requested);
    const { received } = await both.receive(message);
    const tooLarge = handshakes.finish(harness, copy, Buffer.alloc(NOISE_BYTES + 1));
    await t.throwsAsync(tooLarge, invalid('handshake response is too large'));
    const strange = writeResponse(primitives, received, Buffer.from('x'), systemRandom).message;
    const notEmpty = handshakes.finish(harness, requested, strange);
    await t.throwsAsync(notEmpty, invalid('handshake response payload must be empty'));
  });

  test(title('a state is used up by the call, before there is an answer'), async (t) => {
    const both = await opened;
    const { message, requested } = await both.request();
    const { received } = await both.receive(message);
    const { received: other } = await both.receive(message);
    for (const state of [requested, received, other]) t.false(isWiped(state));

    const [accepting, rejecting] = [handshakes.accept(received), handshakes.reject(other)];
    t.true(isWiped(received));
    t.true(isWiped(other));
    const { message: response, keys } = await accepting;
    const finishing = handshakes.finish(both.harness, requested, response);
    t.true(isWiped(requested));
    t.deepEqual(hexed(await finishing), hexed(keys));
    await rejecting;

    await t.throwsAsync(handshakes.accept(received), OVER);
    await t.throwsAsync(handshakes.reject(other), OVER);
    await t.throwsAsync(handshakes.finish(both.harness, requested, response), OVER);
  });

  test(title('identities and messages stay as they were'), async (t) => {
    const both = await opened;
    const keys = () =>
      [both.harness, both.executor].flatMap((pair) => [...secretsOf(pair).map(hex), hexed(pair.publicKey)]);
    const before = keys();
    const { message, requested } = await both.request();
    const { received } = await both.receive(message);
    const { message: response } = await handshakes.accept(received);
    const sent = [message, response].map(hex);
    await handshakes.finish(both.harness, requested, response);
    await both.receive(message);
    t.deepEqual([message, response].map(hex), sent);
    t.deepEqual(keys(), before);
  });

  test(title('a message may lie amid other bytes'), async (t) => {
    const both = await opened;
    const { message } = await both.request('auth');
    const frame = Buffer.concat([Buffer.alloc(7, 1), message, Buffer.alloc(9, 2)]);
    const { authorization } = await both.receive(frame.subarray(7, 7 + message.length));
    t.is(Buffer.from(authorization).toString(), 'auth');
    t.true(frame.subarray(0, 7).equals(Buffer.alloc(7, 1)));
    t.true(frame.subarray(-9).equals(Buffer.alloc(9, 2)));
  });

  test(title('many at once are not mixed up'), async (t) => {
    const both = await opened;
    const shaken = await Promise.all(
      Array.from({ length: 50 }, async (_, number) => {
        const { message, requested } = await both.request(`auth ${number}`);
        const { authorization, received } = await both.receive(message);
        const { message: response, keys } = await handshakes.accept(received);
        t.is(Buffer.from(authorization).toString(), `auth ${number}`);
        t.deepEqual(hexed(await handshakes.finish(both.harness, requested, response)), hexed(keys));
        return hex(keys.toResponder);
      }),
    );
    t.is(new Set(shaken).size, 50);
  });

  test(title('closed, they do nothing any more, but use up what they get'), async (t) => {
    const both = await opened;
    const { message, requested } = await both.request();
    const { received } = await both.receive(message);
    const { received: other } = await both.receive(message);
    const closed = open();
    await closed.close();
    await closed.close();
    await t.throwsAsync(closed.identity(), CLOSED);
    await t.throwsAsync(closed.receive(both.executor, PLACE, message), CLOSED);
    await t.throwsAsync(closed.accept(received), CLOSED);
    await t.throwsAsync(closed.reject(other), CLOSED);
    await t.throwsAsync(closed.finish(both.harness, requested, message), CLOSED);
    for (const state of [received, other, requested]) t.true(isWiped(state));
  });

  function testVector(vector: Vector): void {
    test(title(`the request of a vector is read: ${vector.name}`), async (t) => {
      const executor = identityOf(primitives, vector.responder_static);
      const { authorization, received } = await handshakes.receive(executor, placeOf(vector), requestOf(vector));
      t.is(Buffer.from(authorization).toString(), authorizationOf(vector));
      const { hash, chainingKey, key, counter } = received.symmetric;
      const { after, ...state } = vector.symmetric_state_trace.find(({ after }) => after === 'm1 payload')!;
      t.deepEqual({ h: hex(hash), ck: hex(chainingKey), k: hex(key), n: counter }, state);
    });

    test(title(`the response of a vector is read: ${vector.name}`), async (t) => {
      const harness = identityOf(scriptable, vector.initiator_static);
      const { requested } = writeRequest(
        scriptable,
        harness,
        decodePublicKey(vector.responder_static.public_key_json),
        prologueOf(placeOf(vector)),
        Buffer.from(authorizationOf(vector)),
        requestRandom(vector),
      );
      await readsResponse(t, vector, handshakes.finish(harness, requested, responseOf(vector)));
    });
  }
}

async function readsResponse(t: ExecutionContext, vector: Vector, keys: Promise<object>): Promise<void> {
  if (vector.message2.payload_utf8 !== '') {
    await t.throwsAsync(keys, REJECTED);
    return;
  }
  t.deepEqual(hexed(await keys), {
    toResponder: vector.transport_keys.initiator_to_responder_hex,
    toInitiator: vector.transport_keys.responder_to_initiator_hex,
    handshakeHash: vector.handshake_hash_hex,
  });
}

function failed(why: string) {
  return { name: 'NoiseError', code: 'handshakeFailed', message: `Noise channel handshake failed: ${why}` };
}

function invalid(why: string) {
  return { name: 'NoiseError', code: 'invalidMessage', message: `invalid Noise channel message: ${why}` };
}

const hexed = (keys: object): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, hex(key)]));
