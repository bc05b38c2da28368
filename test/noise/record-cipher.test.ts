import test from 'ava';
import fc from 'fast-check';
import { initiatorChannel, responderChannel } from '#src/noise/channel.js';
import { Nonces } from '#src/noise/nonces.js';
import { RecordOpener, RecordSealer } from '#src/noise/record-cipher.js';
import { flipped } from './support/meeting.js';
import { hex } from './support/vectors.js';

const KEY = Buffer.alloc(32, 1);
const pair = () => ({ sealer: new RecordSealer(KEY), opener: new RecordOpener(KEY) });
const text = (message: string) => Buffer.from(message);

const LARGEST = 65_535;
const TOO_SHORT = {
  code: 'invalidMessage',
  message: 'invalid Noise channel message: transport ciphertext is too short',
};
const TOO_LARGE = {
  code: 'invalidMessage',
  message: 'invalid Noise channel message: transport ciphertext is too large',
};
const PLAINTEXT_TOO_LARGE = {
  code: 'invalidMessage',
  message: 'invalid Noise channel message: transport plaintext is too large',
};
const NOT_DECRYPTED = { code: 'transportFailed', message: 'Noise channel transport failed: decryption failed' };
const CLOSED = { code: 'transportFailed', message: 'Noise channel transport failed: channel is closed' };
const EXHAUSTED = { code: 'transportFailed', message: 'Noise channel transport failed: no nonce is left' };

test('records of any content and size come out as they went in', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (records) => {
      const { sealer, opener } = pair();
      for (const sealed of records.map((record) => sealer.seal(record))) {
        t.deepEqual(Uint8Array.from(opener.open(sealed)), records.shift()!);
      }
    }),
  );
});

test('a record is sealed into the middle of a frame, and what is around it stays', (t) => {
  const frame = Buffer.alloc(40, 0xee);
  const end = new RecordSealer(KEY).sealInto(frame, 10, [text('he'), text('llo')]);
  t.is(end, 10 + 5 + 16);
  t.is(hex(frame.subarray(10, end)), hex(new RecordSealer(KEY).seal(text('hello'))));
  t.is(hex(frame.subarray(0, 10)) + hex(frame.subarray(end)), 'ee'.repeat(19));
});

test('the plaintext may lie in memory that threads share', (t) => {
  const shared = Buffer.from(new SharedArrayBuffer(5)).fill('hello');
  const frame = Buffer.alloc(5 + 16);
  new RecordSealer(KEY).sealInto(frame, 0, [shared]);
  t.is(hex(frame), hex(new RecordSealer(KEY).seal(text('hello'))));
});

test('large records come out whole, and their parts stay as they are', (t) => {
  const { sealer, opener } = pair();
  const parts = [Buffer.alloc(30_000, 'a'), Buffer.alloc(30_000, 'b')];
  for (let n = 0; n < 3; n++) {
    const frame = Buffer.alloc(60_016);
    t.is(sealer.sealInto(frame, 0, parts), frame.length);
    t.is(opener.open(frame).compare(Buffer.concat(parts)), 0);
  }
  t.is(parts[0]!.toString(), 'a'.repeat(30_000));
});

test('a channel has a key for each direction', (t) => {
  const keys = () => ({ toResponder: Buffer.alloc(32, 1), toInitiator: Buffer.alloc(32, 2), handshakeHash: KEY });
  const [initiator, responder] = [initiatorChannel(keys()), responderChannel(keys())];
  t.is(responder.opener.open(initiator.sealer.seal(text('ask'))).toString(), 'ask');
  t.is(initiator.opener.open(responder.sealer.seal(text('answer'))).toString(), 'answer');
  t.throws(() => initiator.opener.open(initiator.sealer.seal(text('echo'))), NOT_DECRYPTED);
});

test('a plaintext may fill a record, and no more; one that is too large uses no nonce', (t) => {
  const { sealer, opener } = pair();
  t.throws(() => sealer.seal(Buffer.alloc(LARGEST - 16 + 1)), PLAINTEXT_TOO_LARGE);
  const sealed = sealer.seal(Buffer.alloc(LARGEST - 16));
  t.is(sealed.length, LARGEST);
  t.is(opener.open(sealed).length, LARGEST - 16);
});

test('a record has a tag at least, which is that of nothing', (t) => {
  const { sealer, opener } = pair();
  const empty = sealer.seal(Buffer.alloc(0));
  t.is(empty.length, 16);
  t.is(opener.open(empty).length, 0);
  t.throws(() => opener.open(empty.subarray(1)), TOO_SHORT);
  t.throws(() => pair().opener.open(Buffer.alloc(0)), TOO_SHORT);
});

test('a record is no longer than a Noise message', (t) => {
  t.throws(() => pair().opener.open(Buffer.alloc(LARGEST + 1)), TOO_LARGE);
  t.throws(() => pair().opener.open(Buffer.alloc(LARGEST)), NOT_DECRYPTED);
});

test('no bit of a record can be turned', (t) => {
  const sealed = new RecordSealer(KEY).seal(text('hello'));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    t.throws(() => new RecordOpener(KEY).open(flipped(sealed, bit)), NOT_DECRYPTED);
  }
});

test('records are opened in their order, each once', (t) => {
  const { sealer, opener } = pair();
  const [first, second] = [sealer.seal(text('1')), sealer.seal(text('2'))];
  t.throws(() => new RecordOpener(KEY).open(second), NOT_DECRYPTED);
  opener.open(first);
  t.throws(() => opener.open(first), NOT_DECRYPTED);
});

test('after a failure nothing is opened any more', (t) => {
  for (const wrong of [Buffer.alloc(3), Buffer.alloc(20), Buffer.alloc(LARGEST + 1)]) {
    const { sealer, opener } = pair();
    const right = sealer.seal(text('right'));
    t.throws(() => opener.open(wrong));
    t.throws(() => opener.open(right), CLOSED);
  }
});

test('after its end nothing is sealed or opened', (t) => {
  const { sealer, opener } = pair();
  const sealed = sealer.seal(text('before'));
  sealer.close();
  opener.close();
  t.throws(() => sealer.seal(text('after')), CLOSED);
  t.throws(() => opener.open(sealed), CLOSED);
});

test('counters do not begin anew: after the last record there is none', (t) => {
  const last = () => new Nonces(2 ** 32 - 1);
  const [sealer, opener] = [new RecordSealer(KEY, last()), new RecordOpener(KEY, last())];
  t.is(opener.open(sealer.seal(text('last'))).toString(), 'last');
  for (let again = 0; again < 2; again++) t.throws(() => sealer.seal(text('more')), EXHAUSTED);
  t.throws(() => opener.open(Buffer.alloc(16)), EXHAUSTED);
});

test('a nonce is four zero bytes and a big-endian counter', (t) => {
  const nonces = new Nonces(0x01020304);
  t.is(hex(nonces.take()), '000000000000000001020304');
  t.is(hex(nonces.take()), '000000000000000001020305');
  t.is(hex(new Nonces().take()), '00'.repeat(12));
});
