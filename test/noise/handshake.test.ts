/** What a handshake does not take: from a peer that lies, a relay that tampers, or its own side that uses it twice. */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { readRequest, wipeHandshake, writeResponse } from '#src/noise/hybrid-ik.js';
import { finish, request } from '#src/noise/initiator.js';
import { createKeyPair, type KeyPair } from '#src/noise/key-pair.js';
import { HASHED_NAME, REJECTION_MARKER, SUITE_TAG } from '#src/noise/names.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { type ChannelPlace, prologueOf } from '#src/noise/prologue.js';
import type { PublicKey } from '#src/noise/public-key.js';
import { systemRandom } from '#src/noise/random.js';
import { accept, receive, reject } from '#src/noise/responder.js';
import { REQUEST_OVERHEAD_BYTES, RESPONSE_OVERHEAD_BYTES } from '#src/noise/sizes.js';
import { requestByHand, responseByHand } from './support/by-hand.js';
import { flipped, Meeting, PLACE } from './support/meeting.js';
import { hex, VECTORS } from './support/vectors.js';

const primitives = await loadPrimitives();
const meeting = new Meeting(primitives);
const { harness, executor } = meeting;

const NOISE_BYTES = 65_535;
/** Every coefficient 4095. */
const NOT_CANONICAL = Buffer.alloc(1184, 0xff);
const ZERO_POINT = Buffer.alloc(32);

/** A handshake that fails, for a reason that its text names. */
function fails(t: ExecutionContext, step: () => unknown, reason: RegExp, what?: string): void {
  const error = t.throws(step, { code: 'handshakeFailed', message: /^Noise channel handshake failed: / }, what);
  t.regex(error?.message ?? '', reason, what);
}

/** A request that waits for its response, and what the executor makes of it, anew each time. */
function asked() {
  const { message, requested } = meeting.request();
  const received = () => meeting.receive(message).received;
  return { message, requested, received, response: () => meeting.accept(received()).message };
}

test('both ends come to the same keys, which no other handshake has', (t) => {
  const [first, second] = [meeting.shakeHands(), meeting.shakeHands()];
  t.deepEqual(first.harness, first.executor);
  t.deepEqual(second.harness, second.executor);
  const all = [first, second].flatMap(({ harness }) => Object.values(harness).map(hex));
  t.is(new Set(all).size, 6);
});

test('the executor learns the key and the authorization of who asks', (t) => {
  const { message } = meeting.request(PLACE, 'Grüße ☃');
  const { authorization, received } = meeting.receive(message);
  t.is(Buffer.from(authorization).toString(), 'Grüße ☃');
  t.deepEqual(Buffer.from(received.initiator.x25519), Buffer.from(harness.publicKey.x25519));
  t.deepEqual(Buffer.from(received.initiator.mlkem768), Buffer.from(harness.publicKey.mlkem768));
});

test('a handshake goes on in another thread: its states are plain data', (t) => {
  const { message, requested } = asked();
  const { received } = structuredClone(meeting.receive(message));
  const { message: response, keys } = meeting.accept(received);
  t.deepEqual(finish(primitives, structuredClone(harness), structuredClone(requested), response), keys);
});

// ---- tampering

const bitsOf = (layout: readonly { part: string; len: number }[]) => {
  let from = 0;
  return layout.flatMap(({ part, len }) => {
    const [first, last] = [from * 8, (from + len) * 8 - 1];
    from += len;
    return [first, (first + last) >> 1, last].map((bit) => ({ part, bit }));
  });
};

for (const { part, bit } of bitsOf(VECTORS[0]!.message1.layout)) {
  test(`a request with bit ${bit} turned, in ${part}, is refused`, (t) => {
    const { message } = meeting.request(PLACE, 'auth-1');
    fails(t, () => meeting.receive(flipped(message, bit)), /decryption failed|not canonical/);
    t.notThrows(() => meeting.receive(message));
  });
}

for (const { part, bit } of bitsOf(VECTORS[0]!.message2.layout)) {
  test(`a response with bit ${bit} turned, in ${part}, is refused, and the right one afterwards, too`, (t) => {
    const { requested, ...executorSide } = asked();
    const untouched = structuredClone(requested);
    const response = executorSide.response();
    fails(t, () => meeting.finish(requested, flipped(response, bit)), /decryption failed|not canonical/);
    fails(t, () => meeting.finish(requested, response), /handshake is over/);
    t.notThrows(() => meeting.finish(untouched, response));
  });
}

test('no bit of a request can be turned', (t) => {
  const { message } = meeting.request();
  const bits = fc.nat({ max: message.length * 8 - 1 });
  fc.assert(
    fc.property(bits, (bit) => {
      t.throws(() => meeting.receive(flipped(message, bit)), { code: 'handshakeFailed' });
    }),
    { numRuns: 60 },
  );
});

test('no bit of a response can be turned', (t) => {
  const { requested, ...executorSide } = asked();
  const response = executorSide.response();
  const bits = fc.nat({ max: response.length * 8 - 1 });
  fc.assert(
    fc.property(bits, (bit) => {
      const copy = structuredClone(requested);
      t.throws(() => meeting.finish(copy, flipped(response, bit)), { code: 'handshakeFailed' });
    }),
    { numRuns: 60 },
  );
});

test('bytes of chance are no request and no response', (t) => {
  const { requested } = asked();
  const messages = fc.uint8Array({ minLength: 0, maxLength: 4000, size: 'max' });
  fc.assert(
    fc.property(messages, (message) => {
      t.throws(() => meeting.receive(message), { code: 'handshakeFailed' });
      t.throws(() => meeting.finish(structuredClone(requested), message), { code: 'handshakeFailed' });
    }),
    { numRuns: 30 },
  );
});

// ---- another place, another name, another key

const ELSEWHERE: readonly ChannelPlace[] = [
  { ...PLACE, environmentId: 'env2' },
  { ...PLACE, executorRegistrationId: 'reg2' },
  { ...PLACE, streamId: 'stream2' },
  { ...PLACE, environmentId: 'reg', executorRegistrationId: 'env' },
  { environmentId: 'envr', executorRegistrationId: 'eg', streamId: 'stream' },
];
for (const place of ELSEWHERE) {
  test(`a request for another place is refused: ${Object.values(place).join()}`, (t) => {
    fails(t, () => meeting.receive(meeting.request().message, place), /decryption failed/);
    t.notThrows(() => meeting.receive(meeting.request(place).message, place));
  });
}

test('the name that is hashed is not the tag of the keys', (t) => {
  const written = (name: string) => handWritten({ name });
  t.notThrows(() => meeting.receive(written(HASHED_NAME)));
  fails(t, () => meeting.receive(written(SUITE_TAG)), /decryption failed/);
});

test('another executor cannot read a request', (t) => {
  const other = createKeyPair(primitives, systemRandom);
  fails(t, () => receive(primitives, other, PLACE, meeting.request().message), /decryption failed/);
});

test("another executor's response is refused", (t) => {
  const { requested } = asked();
  const other = new Meeting(primitives);
  const { received } = other.receive(other.request().message);
  fails(t, () => meeting.finish(requested, other.accept(received).message), /decryption failed/);
});

test("nobody else can take a harness's key: who has it not cannot ask with it", (t) => {
  const impostor = { ...createKeyPair(primitives, systemRandom), publicKey: harness.publicKey };
  fails(t, () => meeting.receive(handWritten({ identity: impostor })), /decryption failed/);
});

// ---- lengths

test('messages that are too short are refused before anything is computed', (t) => {
  const { message } = meeting.request(PLACE, '');
  t.is(message.length, REQUEST_OVERHEAD_BYTES);
  for (const length of [0, 1, 1088, REQUEST_OVERHEAD_BYTES - 1]) {
    fails(t, () => meeting.receive(message.subarray(0, length)), /message is too short/, `${length}`);
  }
  for (const length of [0, 1, 1088, RESPONSE_OVERHEAD_BYTES - 1]) {
    fails(t, () => meeting.finish(asked().requested, Buffer.alloc(length)), /message is too short/, `${length}`);
  }
});

test('messages that lack their last byte or have one more are refused', (t) => {
  const { message, requested, ...executorSide } = asked();
  const response = executorSide.response();
  t.is(response.length, RESPONSE_OVERHEAD_BYTES);
  fails(t, () => meeting.receive(message.subarray(0, -1)), /decryption failed/);
  fails(t, () => meeting.receive(Buffer.concat([message, Buffer.alloc(1)])), /decryption failed/);
  fails(t, () => meeting.finish(requested, Buffer.concat([response, Buffer.alloc(1)])), /decryption failed/);
});

test('an authorization may fill a message, and no more', (t) => {
  const most = NOISE_BYTES - REQUEST_OVERHEAD_BYTES;
  const { message } = meeting.request(PLACE, 'a'.repeat(most));
  t.is(message.length, NOISE_BYTES);
  t.is(meeting.receive(message).authorization.length, most);
  for (const authorization of ['a'.repeat(most + 1), 'ü'.repeat((most + 1) / 2)]) {
    t.throws(() => meeting.request(PLACE, authorization), {
      code: 'invalidMessage',
      message: 'invalid Noise channel message: handshake payload is too large',
    });
  }
});

test('messages longer than any Noise message are refused', (t) => {
  const { requested, response } = asked();
  const copy = structuredClone(requested);
  fails(t, () => meeting.receive(systemRandom(NOISE_BYTES)), /not canonical/);
  t.throws(() => meeting.receive(Buffer.alloc(NOISE_BYTES + 1)), {
    code: 'invalidMessage',
    message: 'invalid Noise channel message: handshake request is too large',
  });
  fails(t, () => meeting.finish(copy, systemRandom(NOISE_BYTES)), /decryption failed/);
  t.throws(() => meeting.finish(requested, Buffer.alloc(NOISE_BYTES + 1)), {
    code: 'invalidMessage',
    message: 'invalid Noise channel message: handshake response is too large',
  });
  fails(t, () => meeting.finish(requested, response()), /handshake is over/);
});

// ---- keys that nobody should use

const REQUEST_KEYS: readonly { what: string; keys: Partial<PublicKey>; reason: RegExp }[] = [
  { what: 'an ML-KEM key that is not canonical', keys: { mlkem768: NOT_CANONICAL }, reason: /not canonical/ },
  { what: 'an X25519 key of small order', keys: { x25519: ZERO_POINT }, reason: /shared secret is zero/ },
];
for (const { what, keys, reason } of REQUEST_KEYS) {
  test(`nobody is asked who has ${what}`, (t) => {
    const responder = { ...executor.publicKey, ...keys };
    const question = { identity: harness, responder, place: PLACE, authorization: '' };
    fails(t, () => request(primitives, question, systemRandom), reason);
  });

  test(`a request with ${what} is refused, as ephemeral or as static key`, (t) => {
    const ephemeral = createKeyPair(primitives, systemRandom);
    fails(t, () => meeting.receive(handWritten({ ephemeral: withKeys(ephemeral, keys) })), reason);
    fails(t, () => meeting.receive(handWritten({ identity: withKeys(harness, keys) })), reason);
  });

  test(`a response with ${what} is refused`, (t) => {
    const { requested, ...executorSide } = asked();
    const received = executorSide.received();
    const response = responseByHand(
      primitives,
      received.symmetric,
      received.initiator,
      received.initiatorEphemeral,
      withKeys(createKeyPair(primitives, systemRandom), keys),
      Buffer.alloc(0),
      systemRandom,
      () => {},
    );
    fails(t, () => meeting.finish(requested, response), reason);
  });
}

// ---- payloads of a response

test('a response that says that the registry refused the executor is no channel', (t) => {
  const { requested, received } = asked();
  const response = reject(primitives, received(), systemRandom);
  t.throws(() => meeting.finish(requested, response), {
    code: 'registryRejected',
    message: 'environment registry rejected executor credentials',
  });
  fails(t, () => meeting.finish(requested, response), /handshake is over/);
});

for (const payload of ['x', `${REJECTION_MARKER} `, REJECTION_MARKER.slice(1), REJECTION_MARKER.toUpperCase()]) {
  test(`a response with any other payload is refused: ${payload}`, (t) => {
    const { requested, received } = asked();
    const response = writeResponse(primitives, received(), Buffer.from(payload), systemRandom);
    t.throws(() => meeting.finish(requested, response.message), {
      code: 'invalidMessage',
      message: 'invalid Noise channel message: handshake response payload must be empty',
    });
  });
}

// ---- once only

test('a response is good once, and for its own request', (t) => {
  const [first, second] = [asked(), asked()];
  const response = first.response();
  fails(t, () => meeting.finish(second.requested, response), /decryption failed/);
  t.notThrows(() => meeting.finish(first.requested, response));
  fails(t, () => meeting.finish(first.requested, response), /handshake is over/);
});

test('a request is answered once', (t) => {
  const { received } = meeting.receive(meeting.request().message);
  t.notThrows(() => meeting.accept(received));
  fails(t, () => accept(primitives, received, systemRandom), /handshake is over/);
  fails(t, () => reject(primitives, received, systemRandom), /handshake is over/);
});

test('a request that comes twice gives two channels that share nothing', (t) => {
  const { requested, received } = asked();
  const copy = structuredClone(requested);
  const answers = [received(), received()].map((each) => meeting.accept(each));
  t.deepEqual(meeting.finish(requested, answers[0]!.message), answers[0]!.keys);
  t.deepEqual(meeting.finish(copy, answers[1]!.message), answers[1]!.keys);
  t.notDeepEqual(answers[0]!.keys, answers[1]!.keys);
});

test('a handshake that was given up stays over, on either side', (t) => {
  const { requested, ...executorSide } = asked();
  const [received, response] = [executorSide.received(), executorSide.response()];
  wipeHandshake(requested);
  wipeHandshake(received);
  wipeHandshake(received);
  fails(t, () => meeting.finish(requested, response), /handshake is over/);
  fails(t, () => meeting.accept(received), /handshake is over/);
});

test('whatever a primitive throws is a failed handshake', (t) => {
  const cause = new Error('the library broke');
  const decapsulate = () => {
    throw cause;
  };
  const broken = { ...primitives, kem: { ...primitives.kem, decapsulate } };
  const error = t.throws(() => readRequest(broken, executor, prologueOf(PLACE), meeting.request().message), {
    code: 'handshakeFailed',
  });
  t.is(error?.cause, cause);
});

function handWritten(parts: { name?: string; identity?: KeyPair; ephemeral?: KeyPair }): Uint8Array {
  const usual = {
    name: HASHED_NAME,
    prologue: prologueOf(PLACE),
    identity: harness,
    ephemeral: createKeyPair(primitives, systemRandom),
    responder: executor.publicKey,
    payload: Buffer.from('auth'),
  };
  return requestByHand(primitives, { ...usual, ...parts }, systemRandom).message;
}

const withKeys = (pair: KeyPair, keys: Partial<PublicKey>): KeyPair => ({
  ...pair,
  publicKey: { ...pair.publicKey, ...keys },
});
