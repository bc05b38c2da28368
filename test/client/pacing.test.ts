import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { EVERY_KIND, EventLog } from '#src/client/event-log.js';
import { Pacing } from '#src/client/pacing.js';
import { connect } from '#src/index.js';
import { REPLAY_BYTES, REPLAY_EVENTS } from '#src/protocol/limits.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

/** A log with so many events of one byte, and what the pacing has said so far. */
function pacedLog(events = 0) {
  const log = new EventLog();
  const said: string[] = [];
  const pacing = new Pacing(log, { hold: () => said.push('hold'), release: () => said.push('release') });
  let seq = 0;
  const grow = (count: number, size = 1) => {
    for (; count > 0; count -= 1) {
      seq += 1;
      log.append({ type: 'output', seq, stream: 'stdout', bytes: Buffer.alloc(size) });
    }
    pacing.update();
  };
  grow(events);
  return { pacing, said, grow };
}

test('events are held when the slowest reader is half a log behind, and flow again at a quarter', (t) => {
  const { pacing, said, grow } = pacedLog();
  const reader = { after: 0, kinds: EVERY_KIND };
  pacing.add(reader);
  grow(REPLAY_EVENTS / 2 - 1);
  t.deepEqual(said, []);
  grow(1);
  t.deepEqual(said, ['hold']);
  reader.after = REPLAY_EVENTS / 4 - 1;
  pacing.update();
  t.deepEqual(said, ['hold']);
  reader.after += 1;
  pacing.update();
  t.deepEqual(said, ['hold', 'release']);
});

test('bytes count as events do', (t) => {
  const { pacing, said, grow } = pacedLog();
  pacing.add({ after: 0, kinds: EVERY_KIND });
  grow(1, REPLAY_BYTES / 2 - 1);
  t.deepEqual(said, []);
  grow(1);
  t.deepEqual(said, ['hold']);
});

test('without a reader, and for a reader of a silent stream, nothing is held', (t) => {
  const { pacing, said, grow } = pacedLog();
  grow(REPLAY_EVENTS);
  pacing.add({ after: 0, kinds: ['stderr', 'lost'] });
  t.deepEqual(said, []);
});

test('a reader that goes away holds nothing any more', (t) => {
  const { pacing, said } = pacedLog(REPLAY_EVENTS);
  const reader = { after: 0, kinds: EVERY_KIND };
  pacing.add(reader);
  pacing.remove(reader);
  t.deepEqual(said, ['hold', 'release']);
});

test('a pacing that was stopped has let go and says nothing more', (t) => {
  const { pacing, said, grow } = pacedLog(REPLAY_EVENTS);
  pacing.add({ after: 0, kinds: EVERY_KIND });
  pacing.stop();
  pacing.stop();
  grow(1);
  t.deepEqual(said, ['hold', 'release']);
});

test('a slow reader that is waited for misses nothing and needs no read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p', whenBehind: 'wait' });
  for (let index = 0; index < 2_000; index += 1) server.tell(fake.output('x'));
  server.tell(fake.exited(), fake.closed());
  let next = 1;
  for await (const event of process.events) {
    t.is(event.seq, next);
    next += 1;
    await nextTurn();
  }
  t.is(next, 2_003);
  t.is(server.count('process/read'), 0);
});

test('a process whose output nobody takes can be terminated, although everything waits', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await client.start(['x'], { processId: 'p', whenBehind: 'wait' });
  const first = process.stdout.getReader();
  for (let index = 0; index < 1_000; index += 1) server.tell(fake.output('x'));
  await first.read();
  t.false(await process.terminate());
});

test('a reader left behind across a lost connection is not waited for while it takes up again', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p', whenBehind: 'wait' });
  const events = process.events[Symbol.asyncIterator]();
  for (let index = 0; index < 1_000; index += 1) fake.output('x');
  fake.exited();
  const connected = new Promise<void>((resolve) => {
    client.onStateChange((state) => state === 'connected' && resolve());
  });
  server.peer.cut();
  await connected;
  for (let seq = 1; seq <= 1_001; seq += 1) t.is((await events.next()).value?.seq, seq);
  server.tell(fake.closed());
  t.is((await events.next()).value?.type, 'closed');
});

test('a stream that broke off where output is lost is not waited for any more', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p', whenBehind: 'wait' });
  const reader = process.stdout.getReader();
  fake.output('gone');
  fake.output('kept');
  fake.keptFrom = 2;
  server.peer.cut();
  await t.throwsAsync(reader.read(), { code: 'OUTPUT_LOST' });
  for (let index = 0; index < 1_000; index += 1) server.tell(fake.output('x'));
  server.tell(fake.exited(), fake.closed());
  t.is((await process.exit).lostChunks, 1);
});
