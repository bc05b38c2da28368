/** Lost connections, on real sockets: what is resumed, what is repeated, what fails. */
import test from 'ava';
import { type ClientState, connect, ProcessError, TransportError } from '#src/index.js';
import { collect, readText } from '#test/support/collect.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer, Refusal } from '#test/support/fake-server.js';

test('output produced while away is fetched with one read, nothing is lost or doubled', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  const states: ClientState[] = [];
  client.onStateChange((state) => states.push(state));

  server.tell(fake.output('before '));
  const text = readText(process.stdout);
  fake.output('while away ');
  server.peer.cut();
  await server.waitFor('process/read');
  server.tell(fake.output('after'), fake.exited(5), fake.closed());

  t.is(await text, 'before while away after');
  t.like(await process.exit, { exitCode: 5, complete: true });
  t.is(server.count('process/read'), 1);
  t.deepEqual(states, ['recovering', 'connected']);
  t.is(server.requests('initialize')[1].resumeSessionId, client.sessionId);
});

test('a denial and an end that happened while away are known after the resume', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  fake.exited(1, true);
  fake.closed();
  server.peer.cut();

  t.deepEqual(await process.exit, {
    exitCode: 1,
    sandboxDenied: true,
    complete: true,
    lostChunks: 0,
    lostBytes: 0,
  });
  t.is(server.count('process/read'), 1);
});

test('a process that outran the executor’s window while away still ends, and says that output is lost', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.output('a'));
  for (const text of ['b', 'c', 'd']) fake.output(text);
  fake.keptFrom = 4;
  fake.exited(0);
  fake.closed();
  server.peer.cut();

  t.deepEqual(await process.exit, {
    exitCode: 0,
    sandboxDenied: false,
    complete: false,
    lostChunks: 2,
    lostBytes: undefined,
  });
  const events = await collect(process.events);
  t.deepEqual(
    events.map(({ type, seq }) => [type, seq]),
    [
      ['output', 1],
      ['lost', 2],
      ['output', 4],
      ['exited', 5],
      ['closed', 6],
    ],
  );
  await t.throwsAsync(readText(process.stdout), { instanceOf: ProcessError, code: 'OUTPUT_LOST' });
});

test('a session that its old connection still holds is tried for again', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const sessionId = client.sessionId;
  let refusals = 0;
  server.on('initialize', ({ resumeSessionId }) => {
    refusals += 1;
    if (refusals < 3) throw new Refusal(-32010, 'session is already attached to another connection');
    return { sessionId: resumeSessionId };
  });
  server.peer.cut();

  t.is(await client.status(), 'ready');
  t.is(refusals, 3);
  t.is(client.sessionId, sessionId);
});

test('a session that the executor no longer knows fails its processes, and the next operation opens a fresh one', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const process = await client.start(['x'], { processId: 'p' });
  server.on('initialize', ({ resumeSessionId }) => {
    if (resumeSessionId !== null) throw new Refusal(-32600, `unknown session id ${resumeSessionId}`);
    return { sessionId: 'fresh' };
  });
  server.peer.cut();

  const error = await t.throwsAsync(process.exit, { instanceOf: TransportError, code: 'SESSION_LOST' });
  t.regex(error?.message ?? '', /failed to resume exec-server session: .*unknown session id session-1/);
  await t.throwsAsync(process.write('x'), { code: 'SESSION_LOST' });
  await t.throwsAsync(collect(process.events), { code: 'SESSION_LOST' });
  t.is(client.state, 'failed');

  t.deepEqual(await Promise.all([client.status(), client.status()]), ['ready', 'ready']);
  t.is(client.sessionId, 'fresh');
  t.is(server.count('initialize'), 3);
});

test('an executor that answers with another session is not followed', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const process = await client.start(['x']);
  server.on('initialize', () => ({ sessionId: 'another' }));
  server.peer.cut();
  const error = await t.throwsAsync(process.exit, { code: 'SESSION_LOST' });
  t.regex(error?.message ?? '', /exec-server initialized an unexpected session another/);
});

test('an executor without sessions is lost with its connection', async (t) => {
  await using server = await FakeServer.start();
  server.on('initialize', () => ({}));
  await using client = await connect(server.url);
  const process = await client.start(['x']);
  server.peer.cut();
  await t.throwsAsync(process.exit, { code: 'SESSION_LOST' });
});

test('a write whose answer was lost is repeated with the same id', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.remembers(new FakeProcess('p'));
  const process = await client.start(['x'], { processId: 'p', stdin: 'pipe' });
  await process.write('first');
  server.on('process/write', (_, peer) => {
    server.on('process/write', () => ({ status: 'accepted' }));
    peer.cut();
    return undefined;
  });
  await process.write('second');
  await process.write('third');

  const writes = server
    .requests('process/write')
    .map(({ writeId, chunk }) => [writeId, String(Buffer.from(chunk, 'base64'))]);
  t.deepEqual(writes, [
    ['1', 'first'],
    ['2', 'second'],
    ['2', 'second'],
    ['3', 'third'],
  ]);
});

test('a start whose answer was lost is reported failed, and terminated after the resume', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('process/start', (_, peer) => {
    peer.cut();
    return undefined;
  });
  await t.throwsAsync(client.start(['x'], { processId: 'p' }), { instanceOf: TransportError, code: 'DISCONNECTED' });
  await server.waitFor('process/terminate');
  t.deepEqual(server.requests('process/terminate'), [{ processId: 'p' }]);
  t.is(server.count('process/start'), 1);
});

test('a call whose answer was lost is not repeated; a later one waits for the resume', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('fs/remove', (_, peer) => {
    peer.cut();
    return undefined;
  });
  await t.throwsAsync(client.call('fs/remove', { path: 'file:///x' }), { code: 'DISCONNECTED' });
  t.is(client.state, 'recovering');
  t.is(await client.status(), 'ready');
  t.is(server.count('fs/remove'), 1);
});

test('a process that the executor forgot while away fails alone and is terminated', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const known = new FakeProcess('known');
  server.remembers(known);
  const process = await client.start(['x'], { processId: 'known' });
  const forgotten = await client.start(['x'], { processId: 'forgotten' });
  server.peer.cut();
  const error = await t.throwsAsync(forgotten.exit, { instanceOf: ProcessError, code: 'PROCESS_FAILED' });
  t.regex(error?.message ?? '', /failed to recover process forgotten: .*unknown process id forgotten/);
  await server.waitFor('process/terminate');
  t.deepEqual(server.requests('process/terminate'), [{ processId: 'forgotten' }]);
  server.tell(known.exited(), known.closed());
  t.like(await process.exit, { exitCode: 0 });
});

test('a connection lost during the catch-up is replaced by the next', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await client.start(['x'], { processId: 'p' });
  server.on('process/read', (_, peer) => {
    server.remembers(fake);
    peer.cut();
    return undefined;
  });
  fake.output('kept');
  fake.exited();
  fake.closed();
  server.peer.cut();
  t.like(await process.exit, { exitCode: 0, complete: true });
  t.is(await readText(process.stdout), 'kept');
  t.is(server.count('initialize'), 3);
});

test('live events that overtake the catch-up are put behind it', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  fake.output('missed ');
  server.on('initialize', ({ resumeSessionId }, peer) => {
    peer.tell(fake.output('live '));
    return { sessionId: resumeSessionId };
  });
  server.peer.cut();
  await server.waitFor('process/read');
  server.tell(fake.exited(), fake.closed());
  t.is(await readText(process.stdout), 'missed live ');
});

test('a reader left behind gets what had arrived before the session was lost, then the error', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await client.start(['x'], { processId: 'p' });
  const events = process.events[Symbol.asyncIterator]();
  for (let seq = 1; seq <= 300; seq += 1) server.tell(fake.output('x'));
  await client.status();
  server.on('initialize', () => {
    throw new Refusal(-32600, 'unknown session id');
  });
  server.peer.cut();
  await t.throwsAsync(process.exit, { code: 'SESSION_LOST' });
  t.like(await events.next(), { value: { type: 'lost', seq: 1, lastSeq: 44 } });
  for (let seq = 45; seq <= 300; seq += 1) t.like(await events.next(), { value: { type: 'output', seq } });
  await t.throwsAsync(events.next(), { code: 'SESSION_LOST' });
});
