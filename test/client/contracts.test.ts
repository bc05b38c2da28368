/** The contracts of remote execution, on real sockets; reads are counted on the wire. */
import test from 'ava';
import { connect, type ProcessEvent } from '#src/index.js';
import { collect } from '#test/support/collect.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

const textOf = (events: readonly ProcessEvent[]) =>
  events.map((event) => (event.type === 'output' ? Buffer.from(event.bytes).toString() : '')).join('');

test('complete pushed output, exit and close end a process with no read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.output('one '), fake.output('two'), fake.exited(3), fake.output('!'), fake.closed());

  t.deepEqual(await process.exit, { exitCode: 3, sandboxDenied: false, complete: true, lostChunks: 0, lostBytes: 0 });
  t.is(textOf(await collect(process.events)), 'one two!');
  t.is(server.count('process/read'), 0);
  t.is(server.count('process/terminate'), 0);
});

test('a denial pushed with the exit needs no read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.exited(1, true), fake.closed());

  t.like(await process.exit, { exitCode: 1, sandboxDenied: true });
  t.is(server.count('process/read'), 0);
});

test('an old executor that does not push the denial is asked exactly once', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  fake.legacy = true;
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.output('no'), fake.exited(1, true), fake.closed());

  t.like(await process.exit, { exitCode: 1, sandboxDenied: true, complete: true });
  t.is(textOf(await collect(process.events)), 'no');
  t.is(server.count('process/read'), 1);
});

test('events beyond the replay buffer, before the start was answered, come back whole by exactly one read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const lines = Array.from({ length: 400 }, (_, index) => `line ${index}\n`);
  server.remembers(fake).on('process/start', ({ processId }, peer) => {
    peer.tell(...lines.map((line) => fake.output(line)), fake.exited(), fake.closed());
    return { processId, sandboxType: 'none' };
  });
  const process = await client.start(['x'], { processId: 'p' });

  t.like(await process.exit, { exitCode: 0, complete: true });
  const events = await collect(process.events);
  t.is(textOf(events), lines.join(''));
  t.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: 402 }, (_, index) => index + 1),
  );
  t.is(server.count('process/read'), 1);
});

test('run gathers everything as it arrives and never needs a read for that', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('process/start', ({ processId }, peer) => {
    const fake = new FakeProcess(processId);
    for (let index = 0; index < 400; index += 1) peer.tell(fake.output('o'), fake.output('e', 'stderr'));
    peer.tell(fake.exited(7), fake.closed());
    return { processId, sandboxType: 'none' };
  });

  const result = await client.run(['x']);
  t.is(result.exitCode, 7);
  t.is(result.stdoutText, 'o'.repeat(400));
  t.is(result.stderrText, 'e'.repeat(400));
  t.is(result.outputText, 'oe'.repeat(400));
  t.is(server.count('process/read'), 0);
});
