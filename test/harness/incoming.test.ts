import test from 'ava';
import { HandshakeError } from '#src/harness/errors.js';
import { Incoming, type Meaning } from '#src/harness/incoming.js';
import type { Body } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import { asStreamId } from '#src/relay/stream-id.js';

const OURS = asStreamId('3f2504e0-4f89-41d3-9a0c-0305e82c3301');
const ANOTHER = asStreamId('00000000-0000-4000-8000-000000000000');

const bytes = (body: Body, streamId = OURS) => encodeFrame({ streamId, ack: 0, ackBits: 0, body });

const RESPONSE = { kind: 'handshake', payload: Buffer.from('response') } as const;
const OTHER_RESPONSE = { kind: 'handshake', payload: Buffer.from('another') } as const;
const DATA = { kind: 'data', seq: 0, payload: Buffer.from('x') } as const;
const RESET = { kind: 'reset', reason: 'a reason that is nobody’s business' } as const;
const LITTLE: readonly Body[] = [{ kind: 'ack' }, { kind: 'heartbeat' }, { kind: 'resume', nextSeq: 7 }];

/** Before there is a response, and behind it before it was found to be good. */
const early: readonly (readonly [when: string, begin: () => Incoming])[] = [
  ['before the response', () => new Incoming(OURS)],
  [
    'while the response is looked at',
    () => {
      const incoming = new Incoming(OURS);
      incoming.binary(bytes(RESPONSE));
      return incoming;
    },
  ],
];

function opened(): Incoming {
  const incoming = new Incoming(OURS);
  incoming.binary(bytes(RESPONSE));
  incoming.opened();
  return incoming;
}

const failure = (meaning: Meaning) => {
  const error = meaning.is === 'noStream' ? meaning.error : undefined;
  return [error instanceof HandshakeError ? error.reason : undefined, error?.message];
};

test('the first handshake frame is the response', (t) => {
  const meaning = new Incoming(OURS).binary(bytes(RESPONSE));
  t.deepEqual(meaning, { is: 'response', message: Buffer.from('response') });
});

const TOO_EARLY = 'Noise relay received data before handshake completion';
for (const [when, begin] of early) {
  test(`${when} acknowledgements, heartbeats and other streams mean nothing`, (t) => {
    const incoming = begin();
    for (const body of LITTLE) t.deepEqual(incoming.binary(bytes(body)), { is: 'nothing' });
    for (const body of [DATA, RESET, RESPONSE]) {
      t.deepEqual(incoming.binary(bytes(body, ANOTHER)), { is: 'nothing' });
    }
  });

  test(`${when} all else means that there will be no stream`, (t) => {
    t.deepEqual(failure(begin().binary(bytes(DATA))), ['unexpected_frame', TOO_EARLY]);
    t.deepEqual(failure(begin().binary(Buffer.from('no frame'))), ['invalid_frame', TOO_EARLY]);
    t.deepEqual(failure(begin().binary(bytes(RESET))), ['relay_reset', 'Noise relay stream reset']);
    t.deepEqual(failure(begin().text()), ['unexpected_text', 'Noise relay transport expects binary protobuf frames']);
  });
}

test('another response before the first was found to be good is none', (t) => {
  const incoming = early[1]![1]();
  t.deepEqual(failure(incoming.binary(bytes(OTHER_RESPONSE))), ['unexpected_frame', TOO_EARLY]);
});

test('the same response once more means nothing, whenever it comes', (t) => {
  const [, begin] = early[1]!;
  t.deepEqual(begin().binary(bytes(RESPONSE)), { is: 'nothing' });
  t.deepEqual(opened().binary(bytes(RESPONSE)), { is: 'nothing' });
});

test('the frames of an open stream are its own', (t) => {
  const incoming = opened();
  for (const body of [DATA, ...LITTLE]) t.is(incoming.binary(bytes(body)).is, 'frame', body.kind);
  t.deepEqual(incoming.binary(bytes(DATA, ANOTHER)), { is: 'nothing' });
});

test('a reset ends an open stream, and its reason is not told', (t) => {
  t.deepEqual(opened().binary(bytes(RESET)), { is: 'over', why: 'Noise relay stream reset' });
});

test('whatever is invalid ends an open stream', (t) => {
  const over: Meaning = { is: 'over', why: 'Noise relay received invalid post-handshake frame' };
  t.deepEqual(opened().binary(Buffer.from('no frame')), over);
  t.deepEqual(opened().binary(Buffer.alloc(0)), over);
  t.deepEqual(opened().binary(bytes(OTHER_RESPONSE)), over);
  t.deepEqual(opened().text(), over);
});
