import test from 'ava';
import fc from 'fast-check';
import {
  RELAY_AUTHORIZATION_BYTES,
  RELAY_COOLDOWN_MS,
  RELAY_HANDSHAKE_FAILURES,
  RELAY_STREAM_ID_BYTES,
  RELAY_STREAMS,
  RELAY_VALIDATIONS,
} from '#src/protocol/limits.js';
import {
  Demultiplexer,
  type DemultiplexerEffect,
  type DemultiplexerInput,
  type Opened,
  type Validated,
} from '#src/relay/demultiplexer.js';
import type { Body } from '#src/relay/frame.js';
import { asStreamId } from '#src/relay/stream-id.js';

const AUTHORIZED: Opened = { ok: true, authorization: Buffer.from('auth') };
const VALID: Validated = { is: 'valid' };
const REJECTED: Validated = { is: 'executorRejected' };
const INVALID: Validated = { is: 'invalid', reason: 'validation_protocol' };

function told(effect: DemultiplexerEffect): string {
  switch (effect.do) {
    case 'open':
      return `open ${effect.attempt} ${Buffer.from(effect.request)}`;
    case 'validate':
      return `validate ${effect.attempt} '${effect.authorization}'`;
    case 'answer':
      return `${effect.verdict} ${effect.attempt}`;
    case 'forget':
      return `${effect.abort ? 'abort' : 'forget'} ${effect.attempt}`;
    case 'activate':
      return `activate ${effect.instance} of ${effect.attempt}`;
    case 'receive':
      return `receive ${effect.instance} ${effect.frame.body.kind}`;
    case 'end':
      return `end ${effect.instance} ${effect.because}`;
    case 'send': {
      const { streamId, body, ack, ackBits } = effect.frame;
      if (ack !== 0 || ackBits !== 0) throw new Error('acknowledges');
      if (body.kind === 'reset') return `reset ${streamId}${body.reason === 'noise_relay_protocol_error' ? '' : '?'}`;
      return body.kind === 'handshake' ? `answer ${streamId} ${Buffer.from(body.payload)}` : `${body.kind}?`;
    }
    case 'diagnose':
      return `${effect.outcome === 'rejected' ? '' : 'received: '}${effect.reason}${effect.status === undefined ? '' : ` ${effect.status}`}`;
    case 'coolDown':
      return 'cool down';
    case 'endLink':
      return `end link: ${effect.reason}`;
    default:
      return effect satisfies never;
  }
}

/** A demultiplexer at a time that is moved by hand. */
function demultiplexer(streams?: number) {
  const machine = new Demultiplexer(streams);
  const clock = { now: 0 };
  const step = (input: DemultiplexerInput) => machine.step(clock.now, input).map(told);
  const frame = (id: string, body: Body) =>
    step({ type: 'frame', frame: { streamId: asStreamId(id), ack: 3, ackBits: 4, body } });
  const it = {
    machine,
    clock,
    handshake: (id: string, message = `1 of ${id}`) => frame(id, { kind: 'handshake', payload: Buffer.from(message) }),
    data: (id: string) => frame(id, { kind: 'data', seq: 0, payload: Buffer.from('r') }),
    reset: (id: string) => frame(id, { kind: 'reset', reason: 'r' }),
    aside: (id: string) =>
      [{ kind: 'heartbeat' } as const, { kind: 'ack' } as const, { kind: 'resume', nextSeq: 9 } as const].flatMap(
        (body) => frame(id, body),
      ),
    opened: (attempt: number, opened = AUTHORIZED) => step({ type: 'opened', attempt, opened }),
    validated: (attempt: number, validated = VALID) => step({ type: 'validated', attempt, validated }),
    answered: (attempt: number, ok = true) =>
      step({ type: 'answered', attempt, answered: ok ? { ok, message: Buffer.from(`2 of ${attempt}`) } : { ok } }),
    heard: (instance: number) => step({ type: 'heard', instance }),
    closed: (instance: number) => step({ type: 'closed', instance }),
    answerLost: (queue: 'full' | 'closed') => step({ type: 'answerLost', queue }),
    linkEnded: () => step({ type: 'linkEnded' }),
  };
  /** The number of the attempt that a handshake begins. */
  const begin = (id: string): number => Number(/^open (\d+)/.exec(it.handshake(id)[0] ?? '')?.[1]);
  const validating = (id: string): number => {
    const attempt = begin(id);
    it.opened(attempt);
    return attempt;
  };
  const active = (id: string): number => {
    const attempt = validating(id);
    it.validated(attempt);
    return Number(/^activate (\d+)/.exec(it.answered(attempt)[1]!)![1]);
  };
  const fail = (times: number) => {
    for (let count = 0; count < times; count += 1) it.opened(begin(`failing ${count}`), { ok: false });
  };
  return { ...it, begin, validating, active, fail };
}

const PENDING_STEPS = ['opening', 'validating', 'answering'] as const;

/** A stream x in each step of pending; its attempt is 1. */
const pending = PENDING_STEPS.map((step) => ({
  step,
  enter: () => {
    const it = demultiplexer();
    it.begin('x');
    if (step !== 'opening') it.opened(1);
    if (step === 'answering') it.validated(1);
    return it;
  },
}));

/** What is told about the attempt later leads to nothing. */
const lateResults = (it: ReturnType<typeof demultiplexer>, attempt: number) => [
  ...it.opened(attempt),
  ...it.validated(attempt),
  ...it.answered(attempt),
];

test('a handshake is opened, put to the registry, answered, and only then a stream', (t) => {
  const it = demultiplexer();
  t.deepEqual(it.handshake('x'), ['open 1 1 of x']);
  t.deepEqual(it.opened(1), ["validate 1 'auth'"]);
  t.deepEqual(it.validated(1), ['accept 1']);
  t.is(it.machine.activeStreams, 0);
  t.deepEqual(it.answered(1), ['answer x 2 of 1', 'activate 2 of 1']);
  t.is(it.machine.activeStreams, 1);
});

// ---- the table of what happens to an id ----

test('absent: a handshake while cooling down is reset, and not looked at', (t) => {
  const it = demultiplexer();
  it.fail(RELAY_HANDSHAKE_FAILURES);
  t.deepEqual(it.handshake('x'), ['reset x', 'cooldown']);
  t.deepEqual(it.aside('x'), []);
});

for (const { step, enter } of pending) {
  test(`${step}: a handshake while cooling down is reset, and the first goes on where it is under way`, (t) => {
    const it = enter();
    it.fail(RELAY_HANDSHAKE_FAILURES);
    t.deepEqual(it.handshake('x', 'other'), ['reset x', 'cooldown']);
    // One that has not been opened yet comes after the failures that made the cooldown begin.
    if (step === 'opening') t.deepEqual(it.opened(1), ['forget 1', 'reset x', 'cooldown']);
    if (step === 'validating') t.deepEqual(it.validated(1), ['accept 1']);
    if (step !== 'opening') t.is(it.answered(1).length, 2);
  });

  test(`${step}: the same handshake again is ignored, also while cooling down`, (t) => {
    const it = enter();
    t.deepEqual(it.handshake('x'), []);
    it.fail(RELAY_HANDSHAKE_FAILURES);
    t.deepEqual(it.handshake('x'), []);
  });

  test(`${step}: another handshake is reset, counts, and ends the first`, (t) => {
    const it = enter();
    t.deepEqual(it.handshake('x', 'other'), ['forget 1', 'reset x', 'duplicate_pending_stream']);
    t.deepEqual(lateResults(it, 1), []);
    it.fail(RELAY_HANDSHAKE_FAILURES - 2);
    t.deepEqual(it.handshake('y').length, 1);
    it.fail(1);
    t.deepEqual(it.handshake('z'), ['reset z', 'cooldown']);
  });

  test(`${step}: data is reset, counts, and ends it`, (t) => {
    const it = enter();
    it.fail(RELAY_HANDSHAKE_FAILURES - 1);
    t.deepEqual(it.data('x'), ['forget 1', 'reset x', 'data_before_handshake', 'cool down']);
    t.deepEqual(lateResults(it, 1), []);
  });

  test(`${step}: a reset ends it without an echo and without counting`, (t) => {
    const it = enter();
    it.fail(RELAY_HANDSHAKE_FAILURES - 1);
    t.deepEqual(it.reset('x'), ['forget 1', 'received: reset_pending_validation']);
    t.deepEqual(lateResults(it, 1), []);
    t.is(it.begin('x') > 1, true);
  });

  test(`${step}: heartbeats, acks and resumes are ignored`, (t) => t.deepEqual(enter().aside('x'), []));

  test(`${step}: the end of the link ends it, and the call to the registry`, (t) => {
    const it = enter();
    t.deepEqual(it.linkEnded(), ['abort 1']);
    t.deepEqual(lateResults(it, 1), []);
    t.is(it.machine.runningValidations, 0);
  });
}

test('absent: data is reset, a reset and everything else is ignored', (t) => {
  const it = demultiplexer();
  t.deepEqual(it.data('x'), ['reset x']);
  t.deepEqual([...it.reset('x'), ...it.aside('x'), ...it.linkEnded()], []);
});

test('absent: results of attempts that never were mean nothing', (t) =>
  t.deepEqual(lateResults(demultiplexer(), 7), []));

test('validating: 401 is answered with the marker, counts, and no stream comes of it', (t) => {
  const it = demultiplexer();
  it.validating('x');
  t.deepEqual(it.validated(1, REJECTED), ['registry_auth', 'reject 1']);
  t.deepEqual(it.answered(1), ['answer x 2 of 1', 'forget 1']);
  t.is(it.machine.activeStreams, 0);
  t.deepEqual(it.data('x'), ['reset x']);
  it.fail(RELAY_HANDSHAKE_FAILURES - 1);
  t.deepEqual(it.handshake('y'), ['reset y', 'cooldown']);
});

test('validating: every other answer is a reset, counts, and is told by its reason', (t) => {
  const it = demultiplexer();
  it.validating('x');
  t.deepEqual(it.validated(1, INVALID), ['forget 1', 'reset x', 'validation_protocol']);
  const attempt = it.validating('x');
  it.fail(RELAY_HANDSHAKE_FAILURES - 2);
  t.deepEqual(it.validated(attempt, { is: 'invalid', reason: 'registry_http', status: 503 }), [
    `forget ${attempt}`,
    'reset x',
    'registry_http 503',
    'cool down',
  ]);
});

test('answering: a message 2 that cannot be made is a failure, and the place is free again', (t) => {
  const it = demultiplexer();
  it.validated(it.validating('x'));
  t.deepEqual(it.answered(1, false), ['forget 1', 'reset x', 'handshake_completion']);
  for (let count = 0; count < RELAY_STREAMS; count += 1) t.true(it.active(`${count}`) > 0);
});

test('rejecting: a marker that cannot be made is a reset', (t) => {
  const it = demultiplexer();
  it.validated(it.validating('x'), REJECTED);
  t.deepEqual(it.answered(1, false), ['reset x', 'forget 1']);
});

test('active: a handshake while cooling down is reset, and the stream lives on', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  it.fail(RELAY_HANDSHAKE_FAILURES);
  t.deepEqual(it.handshake('x', 'other'), ['reset x', 'cooldown']);
  t.deepEqual(it.data('x'), [`receive ${x} data`]);
});

test('active: the same handshake again gets the same message 2, until the harness has shown that it has it', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  t.deepEqual(it.handshake('x'), ['answer x 2 of 1']);
  it.fail(RELAY_HANDSHAKE_FAILURES);
  t.deepEqual(it.handshake('x'), ['answer x 2 of 1']);
  it.data('x');
  t.deepEqual(it.handshake('x'), ['answer x 2 of 1']);
  t.deepEqual(it.heard(x), []);
  t.deepEqual(it.handshake('x'), []);
});

test('active: another handshake is reset, does not count, and the stream lives on', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  for (let count = 0; count < 2 * RELAY_HANDSHAKE_FAILURES; count += 1) {
    t.deepEqual(it.handshake('x', 'other'), ['reset x', 'duplicate_active_stream']);
  }
  t.deepEqual(it.data('x'), [`receive ${x} data`]);
});

test('active: data, heartbeats, acks and resumes go to the stream', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  t.deepEqual(
    [it.data('x'), it.aside('x')].flat(),
    ['data', 'heartbeat', 'ack', 'resume'].map((kind) => `receive ${x} ${kind}`),
  );
});

test('active: a reset ends the stream without an echo', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  t.deepEqual(it.reset('x'), [`end ${x} reset`]);
  t.is(it.machine.activeStreams, 0);
});

test('active: results of its attempt are discarded', (t) => {
  const it = demultiplexer();
  it.active('x');
  t.deepEqual([...lateResults(it, 1), ...it.validated(1, REJECTED), ...it.validated(1, INVALID)], []);
  t.is(it.machine.activeStreams, 1);
});

test('active: the end of the link ends the stream', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  t.deepEqual(it.linkEnded(), [`end ${x} linkEnded`]);
  t.deepEqual(it.linkEnded(), []);
});

test('active: a stream that failed or was closed is reset once', (t) => {
  const it = demultiplexer();
  const x = it.active('x');
  t.deepEqual(it.closed(x), ['reset x', `end ${x} closed`]);
  t.deepEqual(it.closed(x), []);
});

// ---- ids come again ----

test('a late end of a stream does not touch the next one with its id', (t) => {
  const it = demultiplexer();
  const first = it.active('x');
  it.reset('x');
  const second = it.active('x');
  t.deepEqual([...it.closed(first), ...it.heard(first)], []);
  t.deepEqual(it.data('x'), [`receive ${second} data`]);
  t.deepEqual(it.handshake('x').length, 1);
});

test('a late validation of an id that came again lets nobody in', (t) => {
  const it = demultiplexer();
  const first = it.validating('x');
  it.reset('x');
  const second = it.validating('x');
  t.deepEqual(it.validated(first), []);
  t.deepEqual(it.answered(first), []);
  t.deepEqual(it.validated(second), [`accept ${second}`]);
});

// ---- limits ----

test('32 handshakes are looked at, the next is reset and does not count', (t) => {
  const it = demultiplexer();
  for (let count = 0; count < RELAY_VALIDATIONS; count += 1) t.true(it.validating(`${count}`) > 0);
  for (let count = 0; count < RELAY_HANDSHAKE_FAILURES; count += 1) {
    t.deepEqual(it.handshake('x'), ['reset x', 'pending_validation_limit']);
  }
  it.validated(1);
  t.true(it.begin('x') > 0);
  t.deepEqual(it.handshake('y'), ['reset y', 'pending_validation_limit']);
});

test('a call to the registry keeps its slot until it ends, also when its stream is no more', (t) => {
  const it = demultiplexer();
  for (let count = 0; count < RELAY_VALIDATIONS; count += 1) it.validating(`${count}`);
  for (let count = 0; count < RELAY_VALIDATIONS; count += 1) it.reset(`${count}`);
  t.deepEqual(it.handshake('x'), ['reset x', 'pending_validation_limit']);
  t.is(it.machine.runningValidations, RELAY_VALIDATIONS);
  it.validated(5, INVALID);
  t.true(it.begin('x') > 0);
});

test('so does a message 1 that is being opened', (t) => {
  const it = demultiplexer();
  for (let count = 0; count < RELAY_VALIDATIONS; count += 1) it.begin(`${count}`);
  it.reset('0');
  t.deepEqual(it.handshake('x'), ['reset x', 'pending_validation_limit']);
  t.deepEqual(it.opened(1), []);
  t.true(it.begin('x') > 0);
});

test('calls whose streams are no more end with the link', (t) => {
  const it = demultiplexer();
  it.validating('x');
  it.reset('x');
  t.deepEqual(it.linkEnded(), ['abort 1']);
});

test('128 streams are active, the next is reset and does not count', (t) => {
  const it = demultiplexer();
  for (let count = 0; count < RELAY_STREAMS; count += 1) it.active(`${count}`);
  for (let count = 0; count < RELAY_HANDSHAKE_FAILURES; count += 1) {
    t.deepEqual(it.handshake('x'), ['reset x', 'active_stream_limit']);
  }
  t.deepEqual(it.handshake('3', 'other'), ['reset 3', 'duplicate_active_stream']);
  it.reset('3');
  t.true(it.active('x') > 0);
});

test('with fewer places than a link can carry the next one is refused, and with more there are as many as that', (t) => {
  const it = demultiplexer(2);
  const x = it.active('x');
  it.active('y');
  t.deepEqual(it.handshake('z'), ['reset z', 'active_stream_limit']);
  t.deepEqual(it.data('x'), [`receive ${x} data`]);
  const most = demultiplexer(1_000);
  for (let count = 0; count < RELAY_STREAMS; count += 1) most.active(`${count}`);
  t.deepEqual(most.handshake('z'), ['reset z', 'active_stream_limit']);
});

test('of two that become valid for the last place one gets it', (t) => {
  const it = demultiplexer();
  for (let count = 0; count < RELAY_STREAMS - 1; count += 1) it.active(`${count}`);
  const [x, y] = [it.validating('x'), it.validating('y')];
  t.deepEqual(it.validated(x), [`accept ${x}`]);
  t.deepEqual(it.validated(y), [`forget ${y}`, 'reset y', 'active_stream_limit']);
  t.is(it.answered(x).length, 2);
  t.is(it.machine.activeStreams, RELAY_STREAMS);
  t.is(it.machine.runningValidations, 0);
});

test('8 failures pause handshakes for 10 s, and the count begins anew', (t) => {
  const it = demultiplexer();
  const live = it.active('live');
  it.fail(RELAY_HANDSHAKE_FAILURES - 1);
  t.deepEqual(it.opened(it.begin('x'), { ok: false }).slice(1), ['reset x', 'handshake_request', 'cool down']);
  t.deepEqual(it.data('live'), [`receive ${live} data`]);
  it.clock.now = RELAY_COOLDOWN_MS - 1;
  t.deepEqual(it.handshake('x'), ['reset x', 'cooldown']);
  it.clock.now = RELAY_COOLDOWN_MS;
  it.fail(RELAY_HANDSHAKE_FAILURES - 1);
  t.true(it.begin('x') > 0);
});

test('neither success nor time takes a failure back', (t) => {
  const it = demultiplexer();
  it.fail(RELAY_HANDSHAKE_FAILURES - 1);
  it.active('good');
  it.clock.now = 1_000_000;
  it.fail(1);
  t.deepEqual(it.handshake('x'), ['reset x', 'cooldown']);
});

test('an authorization of 4096 bytes is put to the registry, one byte more is not, nor what is not UTF-8', (t) => {
  const it = demultiplexer();
  const open = (authorization: Uint8Array) => it.opened(it.begin('x'), { ok: true, authorization });
  t.deepEqual(open(Buffer.alloc(0)), ["validate 1 ''"]);
  it.reset('x');
  const most = 'ü'.repeat(RELAY_AUTHORIZATION_BYTES / 2);
  t.deepEqual(open(Buffer.from(most)), [`validate 2 '${most}'`]);
  it.reset('x');
  t.deepEqual(open(Buffer.from(`${most}a`)), ['forget 3', 'reset x', 'authorization_too_long']);
  t.deepEqual(open(Buffer.from([0xc3, 0x28])), ['forget 4', 'reset x', 'authorization_not_utf8']);
  t.deepEqual(open(Buffer.alloc(RELAY_AUTHORIZATION_BYTES + 1, 0xff)), [
    'forget 5',
    'reset x',
    'authorization_not_utf8',
  ]);
  t.deepEqual(open(Buffer.from('\ufeffa')), ["validate 6 '\ufeffa'"]);
  t.is(it.machine.runningValidations, 3);
});

test('data for a stream that is not there is answered once in a second', (t) => {
  const it = demultiplexer();
  t.deepEqual(it.data('x'), ['reset x']);
  it.clock.now = 999;
  t.deepEqual(it.data('x'), []);
  t.deepEqual(it.data('y'), ['reset y']);
  it.clock.now = 1_000;
  t.deepEqual(it.data('x'), ['reset x']);
});

test('what still comes for a stream that failed is not answered again', (t) => {
  const it = demultiplexer();
  it.closed(it.active('x'));
  t.deepEqual(it.data('x'), []);
});

test('frames of ids of 16 KiB are taken, of longer ones dropped', (t) => {
  const it = demultiplexer();
  const id = 'x'.repeat(RELAY_STREAM_ID_BYTES);
  t.is(it.data(id).length, 1);
  t.is(it.data(`${id}x`).length, 0);
  t.is(it.handshake('ü'.repeat(RELAY_STREAM_ID_BYTES / 2 + 1)).length, 0);
});

test('a link on which an answer found no room is ended', (t) => {
  t.deepEqual(demultiplexer().answerLost('full'), ['end link: response_queue_full']);
  t.deepEqual(demultiplexer().answerLost('closed'), ['end link: response_queue_closed']);
});

test('whatever comes in whatever order, limits hold and every stream that began also ends', (t) => {
  const ids = fc.constantFrom('a', 'b', 'c');
  const number = fc.nat({ max: 40 });
  const event = fc.oneof(
    fc.tuple(fc.constantFrom('handshake', 'handshake', 'data', 'reset', 'aside' as const), ids),
    fc.tuple(fc.constantFrom('opened', 'validated', 'answered', 'closed', 'heard' as const), number),
    fc.tuple(fc.constant('other' as const), ids),
    fc.tuple(fc.constant('reject' as const), number),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const it = demultiplexer();
      const effects = events.flatMap(([what, which]): string[] => {
        it.clock.now += 500;
        if (what === 'other') return it.handshake(String(which), `other ${it.clock.now}`);
        if (what === 'reject') return it.validated(Number(which), REJECTED);
        const step = it[what as 'data'] as (which: string | number) => string[];
        return step(which as string);
      });
      effects.push(...it.linkEnded());
      const all = (pattern: RegExp) => effects.flatMap((effect) => pattern.exec(effect)?.[1] ?? []).sort();
      t.deepEqual(all(/^activate (\d+)/), all(/^end (\d+)/));
      const ends = new Set([...all(/^forget (\d+)/), ...all(/^abort (\d+)/), ...all(/^activate \d+ of (\d+)/)]);
      t.deepEqual([...ends].sort(), all(/^open (\d+)/));
      t.is(it.machine.activeStreams + it.machine.runningValidations, 0);
    }),
    { numRuns: 300, seed: 8 },
  );
  t.pass();
});

test('a handshake that was reset before it failed counts like any other that fails', (t) => {
  const it = demultiplexer();
  const told: string[] = [];
  for (let count = 0; count < RELAY_HANDSHAKE_FAILURES; count += 1) {
    const attempt = it.begin(`gone ${count}`);
    it.reset(`gone ${count}`);
    told.push(...it.opened(attempt, { ok: false }));
  }
  t.deepEqual(told, ['cool down']);
});
