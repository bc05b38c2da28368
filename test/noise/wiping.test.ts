/** Every secret that a handshake draws or computes is overwritten when it is no longer needed, however the handshake ends. */
import test from 'ava';
import { initiatorChannel } from '#src/noise/channel.js';
import { wipeHandshake } from '#src/noise/hybrid-ik.js';
import { loadPrimitives, type Primitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import { flipped, Meeting } from './support/meeting.js';

const real = await loadPrimitives();

/** A meeting that remembers the secrets drawn and computed in it. Identities are not among them: they live on. */
class WatchedMeeting {
  readonly secrets: Uint8Array[] = [];
  readonly meeting: Meeting;

  constructor() {
    this.meeting = new Meeting(this.#watched(), (length) => this.#seen(systemRandom(length)));
    this.secrets.length = 0;
  }

  get leftOver(): number {
    return this.secrets.filter((secret) => secret.some((byte) => byte !== 0)).length;
  }

  #seen(secret: Uint8Array): Uint8Array {
    this.secrets.push(secret);
    return secret;
  }

  #watched(): Primitives {
    const { dh, kem } = real;
    return {
      dh: { ...dh, sharedSecret: (own, other) => this.#seen(dh.sharedSecret(own, other)) },
      kem: {
        ...kem,
        keyPair: (seed) => {
          const pair = kem.keyPair(seed);
          this.#seen(pair.privateKey);
          return pair;
        },
        encapsulate: (publicKey, random) => {
          const encapsulated = kem.encapsulate(publicKey, random);
          this.#seen(encapsulated.sharedSecret);
          return encapsulated;
        },
        decapsulate: (ciphertext, privateKey) => this.#seen(kem.decapsulate(ciphertext, privateKey)),
      },
    };
  }
}

const isWiped = (state: { symmetric: object }) =>
  Object.values(state.symmetric).every((part) => !(part instanceof Uint8Array) || part.every((byte) => byte === 0));

test('secrets are there to be overwritten', (t) => {
  const watched = new WatchedMeeting();
  watched.meeting.request();
  t.true(watched.secrets.length >= 5);
  t.is(watched.leftOver, 2, 'the ephemeral keys wait for the response');
});

test('after a handshake nothing is left but the keys of the channel, and then not those', (t) => {
  const watched = new WatchedMeeting();
  const { meeting } = watched;
  const { message, requested } = meeting.request();
  const { received } = meeting.receive(message);
  const answer = meeting.accept(received);
  const keys = meeting.finish(requested, answer.message);
  t.is(watched.leftOver, 0);
  t.true(isWiped(requested));
  t.true(isWiped(received));
  t.true(keys.toResponder.some((byte) => byte !== 0));
  initiatorChannel(keys);
  t.true([...keys.toResponder, ...keys.toInitiator].every((byte) => byte === 0));
});

test('nothing is left of a request that could not be written', (t) => {
  const watched = new WatchedMeeting();
  watched.meeting.executor.publicKey.x25519.fill(0);
  t.throws(() => watched.meeting.request(), { code: 'handshakeFailed' });
  t.true(watched.secrets.length > 0);
  t.is(watched.leftOver, 0);
});

test('nothing is left of a request whose last byte is wrong', (t) => {
  const watched = new WatchedMeeting();
  const { message, requested } = watched.meeting.request();
  wipeHandshake(requested);
  t.throws(() => watched.meeting.receive(flipped(message, message.length * 8 - 1)), { code: 'handshakeFailed' });
  t.is(watched.leftOver, 0);
});

test('nothing is left when a response is wrong, not even its first byte, or too long', (t) => {
  for (const spoil of [
    (response: Uint8Array) => flipped(response, 0),
    (response: Uint8Array) => flipped(response, response.length * 8 - 1),
    () => Buffer.alloc(0),
    () => Buffer.alloc(65_536),
  ]) {
    const watched = new WatchedMeeting();
    const { message, requested } = watched.meeting.request();
    const { message: response } = watched.meeting.accept(watched.meeting.receive(message).received);
    t.throws(() => watched.meeting.finish(requested, spoil(response)));
    t.is(watched.leftOver, 0);
    t.true(isWiped(requested));
  }
});

test('nothing is left of a handshake that was given up', (t) => {
  const watched = new WatchedMeeting();
  const { message, requested } = watched.meeting.request();
  const { received } = watched.meeting.receive(message);
  wipeHandshake(requested);
  wipeHandshake(received);
  t.is(watched.leftOver, 0);
  t.true(isWiped(requested));
  t.true(isWiped(received));
});
