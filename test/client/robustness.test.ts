/** What the executor may get wrong on a live connection, on real sockets. */
import test from 'ava';
import { connect } from '#src/index.js';
import { collect, readText } from '#test/support/collect.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

const padding = (bytes: number) => 'x'.repeat(bytes);

const faults: readonly (readonly [string, object | string])[] = [
  ['a message that is no JSON', 'nonsense'],
  ['a message that is neither request nor answer', { id: 1 }],
  ['a known notification with bad params', { method: 'process/output', params: { processId: 'p' } }],
  ['output of more than 2 MiB', { method: 'process/output', params: { padding: padding(2 << 20) } }],
  ['another notification of more than 8 KiB', { method: 'something/new', params: padding(8 << 10) }],
  ['a request of more than 8 KiB', { id: 1, method: 'something/new', params: padding(8 << 10) }],
  ['a request with a text as id', { id: 'a', method: 'something/new' }],
  ['a request with a negative id', { id: -1, method: 'something/new' }],
  [
    'the word that a request of ours could not be read',
    { error: { code: -32600, message: 'failed to parse' }, id: -1 },
  ],
  ['the word that the transport is closed', { error: { code: -32000, message: 'JSON-RPC transport closed' }, id: 99 }],
];
for (const [what, message] of faults) {
  test(`${what} costs the connection, and the session goes on`, async (t) => {
    await using server = await FakeServer.start();
    await using client = await connect(server.url);
    const sessionId = client.sessionId;
    server.peer.send(message);
    await server.waitFor('initialize', 2);
    t.is(await client.status(), 'ready');
    t.is(client.sessionId, sessionId);
  });
}

test('a notification and an answer that nobody knows are ignored', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.tell({ method: 'something/new', params: { a: 1 } });
  server.peer.send({ id: 12345, result: {} });
  server.peer.send({ id: 'text', result: {} });
  t.is(await client.status(), 'ready');
  t.is(server.count('initialize'), 1);
});

test('a request of the executor is answered: not implemented', async (t) => {
  await using server = await FakeServer.start();
  await using _client = await connect(server.url);
  server.peer.send({ id: 7, method: 'something/new', params: {} });
  t.deepEqual(await server.arrival(({ id }) => id === 7), {
    error: { code: -32601, message: 'exec-server client does not implement `something/new` yet' },
    id: 7,
  });
});

test('a gap that lasts is filled by one read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.output('one '));
  fake.output('two ');
  server.tell(fake.output('three'), fake.exited(), fake.closed());
  t.is(await readText(process.stdout), 'one two three');
  t.like(await process.exit, { exitCode: 0, complete: true });
  t.is(server.count('process/read'), 1);
});

test('a gap that closes by itself needs no read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  const [one, two, exited, closed] = [fake.output('one '), fake.output('two'), fake.exited(), fake.closed()];
  server.tell(closed, two, exited, one);
  t.is(await readText(process.stdout), 'one two');
  t.is(server.count('process/read'), 0);
});

test('more early events than can be held are fetched at once', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  const events = collect(process.events);
  fake.output('first');
  for (let index = 0; index < 300; index += 1) server.tell(fake.output('.'));
  server.tell(fake.exited(), fake.closed());
  t.deepEqual(
    (await events).map(({ seq }) => seq),
    Array.from({ length: 303 }, (_, index) => index + 1),
  );
  t.like(await process.exit, { complete: true });
});

test('an exit code of -1 is explained by one read, and its failure fails the process', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  fake.failure = 'the worker that supervised the process died';
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.exited(-1), fake.closed());
  await t.throwsAsync(process.exit, { code: 'PROCESS_FAILED', message: fake.failure });
  t.is(server.count('process/read'), 1);
});

test('a read that contradicts itself fails the process alone, and terminates it', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  fake.legacy = true;
  server.on('process/read', () => ({ chunks: [], nextSeq: 9, exited: true, exitCode: null, closed: true }));
  const process = await client.start(['x'], { processId: 'p' });
  server.tell({ method: 'process/closed', params: { processId: 'p', seq: 3 } });
  await t.throwsAsync(process.exit, { code: 'PROCESS_FAILED' });
  await server.waitFor('process/terminate');
  t.is(await client.status(), 'ready');
});
