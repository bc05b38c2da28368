/** Who may come in on a link, and when: section 5 of the relay's contract, with real handshakes and the clock in the hands of the test. */
import { randomUUID } from 'node:crypto';
import test from 'ava';
import { Executor } from '#src/executor.js';
import {
  RELAY_COOLDOWN_MS,
  RELAY_DIAGNOSTICS,
  RELAY_DIAGNOSTICS_WINDOW_MS,
  RELAY_HANDSHAKE_FAILURES,
  RELAY_STREAM_ID_BYTES,
  RELAY_STREAMS,
  RELAY_VALIDATIONS,
} from '#src/protocol/limits.js';
import type { HarnessStream } from './support/harness-stream.js';
import { LinkWorld } from './support/link-world.js';

const executor = new Executor();
test.after.always(() => executor.close());

const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));
test.after('Node has found nothing to warn of', (t) => t.deepEqual(warnings, []));

const open = () => LinkWorld.open(executor.accept);
const READY = { status: 'ready' };
const isReady = (stream: HarnessStream) => stream.call('environment/status');

test('a message 1 that comes twice while the registry is asked is one handshake', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  world.holds = true;
  const asking = harness.ask();
  const outcome = harness.knock(link, asking);
  await world.heldAre(1);
  harness.send(link, asking);
  await link.seen();
  t.is(world.held.length, 1);
  world.held[0]!.answer(true);
  const stream = await outcome;
  t.not(stream, 'reset');
  t.deepEqual(world.reasons, []);
});

test('once it is let in, the same message 2 answers it again, until a record has come', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  const asking = harness.ask();
  const stream = (await harness.knock(link, asking)) as HarnessStream;
  const again = () => harness.send(link, asking);
  const answers = () => link.framesOf(asking.streamId).filter(({ body }) => body.kind === 'handshake');
  again();
  await link.seen();
  t.is(answers().length, 2);
  t.deepEqual(answers()[0]!.body, answers()[1]!.body);
  await stream.initialize();
  again();
  t.deepEqual(await isReady(stream), READY);
  t.is(answers().length, 2);
  t.deepEqual(world.reasons, []);
});

test('another message 1 for a stream that is in use is reset, does not count, and the stream lives on', async (t) => {
  await using world = await open();
  const { link } = world;
  const stream = await world.harness().attach(link);
  stream.heedsResets = false;
  for (let tries = 1; tries <= 2 * RELAY_HANDSHAKE_FAILURES; tries += 1) {
    t.is(await world.harness().knock(link, world.harness().ask({ streamId: stream.streamId })), 'reset');
  }
  t.deepEqual(new Set(world.reasons), new Set(['duplicate_active_stream']));
  t.is(world.told('coolingDown'), 0);
  t.deepEqual(await isReady(stream), READY);
});

test('another message 1 while the registry is asked ends both, and what the registry says lets nobody in', async (t) => {
  await using world = await open();
  const { link } = world;
  world.holds = true;
  const streamId = randomUUID();
  const [first, second, third] = [world.harness(), world.harness(), world.harness()];
  const outcome = first.knock(link, first.ask({ streamId }));
  await world.heldAre(1);
  t.is(await second.knock(link, second.ask({ streamId })), 'reset');
  t.is(await outcome, 'reset');
  t.deepEqual(world.reasons, ['duplicate_pending_stream']);

  const from = link.frames.length;
  const asking = third.ask({ streamId });
  const late = third.knock(link, asking);
  await world.heldAre(2);
  world.held[0]!.answer(true);
  await link.seen();
  t.deepEqual(link.framesOf(streamId, from), []);
  world.held[1]!.answer(true);
  const stream = await late;
  if (typeof stream === 'string') return t.fail(stream);
  await stream.initialize();
  t.deepEqual(await isReady(stream), READY);
});

test('data before its time ends the handshake, and a late word of the registry lets nobody in', async (t) => {
  await using world = await open();
  const { link } = world;
  world.holds = true;
  const harness = world.harness();
  const asking = harness.ask();
  const outcome = harness.knock(link, asking);
  await world.heldAre(1);
  link.sendFrame(asking.streamId, { kind: 'data', seq: 0, payload: Buffer.alloc(100) });
  t.is(await outcome, 'reset');
  t.deepEqual(world.reasons, ['data_before_handshake']);
  const from = link.frames.length;
  world.held[0]!.answer(true);
  await link.seen();
  t.deepEqual(link.framesOf(asking.streamId, from), []);
});

test('a reset before the registry has spoken takes the handshake back, without an echo', async (t) => {
  await using world = await open();
  const { link } = world;
  world.holds = true;
  const harness = world.harness();
  const asking = harness.ask();
  harness.send(link, asking);
  await world.heldAre(1);
  link.sendFrame(asking.streamId, { kind: 'reset', reason: 'a reason that is nobody’s business' });
  await link.seen();
  world.held[0]!.answer(true);
  await link.seen();
  t.deepEqual(link.framesOf(asking.streamId), []);
  t.like(world.log, [{ event: 'handshakeDiagnostic', outcome: 'reset_received', reason: 'reset_pending_validation' }]);
  // The id is as good as any other.
  world.holds = false;
  t.not(await harness.knock(link, harness.ask({ streamId: asking.streamId })), 'reset');
});

test('data for streams that are not there is answered with one reset a second for each', async (t) => {
  await using world = await open();
  const { link } = world;
  const [one, other] = [randomUUID(), randomUUID()];
  const send = (streamId: string) => link.sendFrame(streamId, { kind: 'data', seq: 7, payload: Buffer.alloc(100) });
  for (let times = 0; times < 50; times += 1) send(one);
  send(other);
  await link.seen();
  t.deepEqual([link.resetsOf(one), link.resetsOf(other)], [1, 1]);
  world.time += 999;
  send(one);
  await link.seen();
  t.is(link.resetsOf(one), 1);
  world.time += 1;
  send(one);
  await link.seen();
  t.is(link.resetsOf(one), 2);
  t.deepEqual(
    link.frames.flatMap(({ body }) => (body.kind === 'reset' ? [body.reason] : [])),
    Array.from({ length: 3 }, () => 'noise_relay_protocol_error'),
  );
});

test('an id may be used again once its stream has ended, whoever ended it', async (t) => {
  await using world = await open();
  const { link } = world;
  const streamId = randomUUID();
  const first = await world.harness().enter(link, { streamId });
  await first.initialize();
  first.leave();
  const second = await world.harness().enter(link, { streamId });
  await second.initialize();
  t.deepEqual(await isReady(second), READY);
  second.sendRecord(Buffer.alloc(4));
  await second.becomesReset();
  const third = await world.harness().enter(link, { streamId });
  await third.initialize();
  t.deepEqual(await isReady(third), READY);
});

test('any text is an id as long as a frame has room for it, and none but a UUID is told', async (t) => {
  await using world = await open();
  const { link } = world;
  for (const streamId of ['x', '../../etc/passwd\n', '\u{1f980}', 'long'.padEnd(RELAY_STREAM_ID_BYTES, 'o')]) {
    const stream = await world.harness().enter(link, { streamId });
    await stream.initialize();
    t.deepEqual(await isReady(stream), READY);
  }
  t.deepEqual(
    world.log,
    Array.from({ length: 4 }, () => ({ event: 'handshakeCompleted', streamId: 'invalid' })),
  );
  const longer = 'long'.padEnd(RELAY_STREAM_ID_BYTES + 1, 'o');
  const { message } = world.harness().ask({ streamId: longer });
  link.sendFrame(longer, { kind: 'handshake', payload: message });
  await world.harness().enter(link);
  t.deepEqual(link.framesOf(longer), []);
});

test('128 streams are served at once, the next is reset and does not count', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  const streams: HarnessStream[] = [];
  while (streams.length < RELAY_STREAMS) streams.push(await harness.enter(link));
  for (let tries = 1; tries <= RELAY_HANDSHAKE_FAILURES; tries += 1) t.is(await harness.knock(link), 'reset');
  t.deepEqual(new Set(world.reasons), new Set(['active_stream_limit']));
  for (const stream of streams) await stream.initialize();
  for (const stream of streams) t.deepEqual(await isReady(stream), READY);
  streams[0]!.leave();
  const next = await harness.attach(link);
  t.deepEqual(await isReady(next), READY);
  t.is(await harness.knock(link), 'reset');
});

test('of those that wait for the last place as many come in as there are places', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  for (let active = 0; active < RELAY_STREAMS - 1; active += 1) await harness.enter(link);
  world.holds = true;
  const outcomes = [harness.knock(link), harness.knock(link)];
  await world.heldAre(2);
  for (const { answer } of world.held) answer(true);
  const [one, other] = await Promise.all(outcomes);
  t.deepEqual([typeof one, other], ['object', 'reset']);
  t.deepEqual(world.reasons, ['active_stream_limit']);
});

test('32 handshakes wait for the registry, the next is reset and does not count; a place is free when the call has ended', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  world.holds = true;
  const first = harness.ask();
  harness.send(link, first);
  const outcomes = Array.from({ length: RELAY_VALIDATIONS - 1 }, () => harness.knock(link));
  await world.heldAre(RELAY_VALIDATIONS);
  for (let tries = 1; tries <= RELAY_HANDSHAKE_FAILURES; tries += 1) t.is(await harness.knock(link), 'reset');
  t.deepEqual(new Set(world.reasons), new Set(['pending_validation_limit']));

  // Its stream is gone, its question is not.
  link.sendFrame(first.streamId, { kind: 'reset', reason: 'closed' });
  t.is(await harness.knock(link), 'reset');
  world.held.find(({ applicant }) => applicant.streamId === first.streamId)!.answer(true);
  await link.seen();
  const next = harness.knock(link);
  await world.heldAre(RELAY_VALIDATIONS + 1);
  for (const { answer } of world.held) answer(true);
  t.is(typeof (await next), 'object');
  for (const outcome of outcomes) t.is(typeof (await outcome), 'object');
  t.is(world.told('handshakeCompleted'), RELAY_VALIDATIONS);
});

test('8 failures and nobody comes in for 10 s, while streams and handshakes that were there go on', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  const live = await harness.attach(link);
  live.heedsResets = false;
  world.holds = true;
  const asking = harness.ask();
  const pending = harness.knock(link, asking);
  await world.heldAre(1);
  world.holds = false;

  world.lets = () => false;
  for (let failures = 1; failures < RELAY_HANDSHAKE_FAILURES; failures += 1) {
    t.is(await harness.knock(link), 'reset');
    // Neither time nor success is forgiveness.
    world.time += 3_600_000;
  }
  t.is(world.told('coolingDown'), 0);
  t.is(await harness.knock(link), 'reset');
  t.is(world.told('coolingDown'), 1);

  world.lets = () => true;
  t.is(await harness.knock(link), 'reset');
  t.is(world.reasons.at(-1), 'cooldown');
  t.deepEqual(await isReady(live), READY);

  // Other messages for ids that are taken are refused, and change nothing.
  for (const streamId of [live.streamId, asking.streamId]) {
    const from = link.frames.length;
    link.sendFrame(streamId, { kind: 'handshake', payload: harness.ask({ streamId }).message });
    await link.until(() => link.resetsOf(streamId, from) === 1);
    t.is(world.reasons.at(-1), 'cooldown');
  }
  t.is(await pending, 'reset');
  const from = link.frames.length;
  world.held[0]!.answer(true);
  const admitted = await harness.outcome(link, asking, from);
  if (typeof admitted === 'string') return t.fail(admitted);
  await admitted.initialize();
  t.deepEqual(await isReady(admitted), READY);

  world.time += RELAY_COOLDOWN_MS - 1;
  t.is(await harness.knock(link), 'reset');
  world.time += 1;
  t.deepEqual(await isReady(await harness.attach(link)), READY);
  t.deepEqual(await isReady(live), READY);

  // The count has begun anew.
  world.lets = () => false;
  for (let failures = 1; failures < RELAY_HANDSHAKE_FAILURES; failures += 1) await harness.knock(link);
  t.is(world.told('coolingDown'), 1);
  await harness.knock(link);
  t.is(world.told('coolingDown'), 2);
});

test('whoever floods a link with handshakes gets resets, takes no cryptography beyond its share, and fills no log', async (t) => {
  await using world = await open();
  const { link } = world;
  const live = await world.harness().attach(link);
  const garbage = Buffer.alloc(4_000, 1);
  for (let knocks = 0; knocks < 3_000; knocks += 1) {
    link.sendFrame(randomUUID(), { kind: 'handshake', payload: garbage });
  }
  t.deepEqual(await isReady(live), READY);
  const resets = link.frames.filter(({ body }) => body.kind === 'reset');
  t.is(resets.length, 3_000);
  t.is(world.told('handshakeDiagnostic'), RELAY_DIAGNOSTICS);
  t.is(world.told('diagnosticsLimited'), 1);
  t.is(world.reasons.filter((reason) => reason === 'handshake_request').length, RELAY_HANDSHAKE_FAILURES);

  world.time += RELAY_DIAGNOSTICS_WINDOW_MS;
  for (let knocks = 0; knocks < 200; knocks += 1) {
    link.sendFrame(randomUUID(), { kind: 'handshake', payload: garbage });
  }
  t.deepEqual(await isReady(live), READY);
  t.is(world.told('handshakeDiagnostic'), 2 * RELAY_DIAGNOSTICS);
  t.is(world.told('diagnosticsLimited'), 2);
});

test('with the link all that waits ends', async (t) => {
  await using world = await open();
  const { link } = world;
  const stream = await world.harness().attach(link);
  world.holds = true;
  const late = world.harness();
  late.send(link, late.ask());
  await world.heldAre(1);
  link.cut();
  t.like(await world.ended, { reason: 'peer_close', used: true });
  world.held[0]!.answer(true);
  await new Promise(setImmediate);
  t.false(stream.isReset);
  t.is(world.told('handshakeCompleted'), 1);
});
