/** The handle of a process and the one-shot run, on real sockets. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { type Client, connect, ProcessError, StoppedError } from '#src/index.js';
import { STDIN_WRITE_BYTES } from '#src/protocol/limits.js';
import { collect, readText } from '#test/support/collect.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

async function startOne(server: FakeServer, client: Client, fake: FakeProcess) {
  server.remembers(fake);
  return await client.start(['x'], { processId: fake.id, stdin: 'pipe' });
}

test('stdout, stderr and output each start at the first byte and end with the process', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  server.tell(fake.output('o1 '), fake.output('e1 ', 'stderr'), fake.output('o2'), fake.exited(), fake.closed());
  t.is(await readText(process.stdout), 'o1 o2');
  t.is(await readText(process.stderr), 'e1 ');
  t.is(await readText(process.output), 'o1 e1 o2');
});

test('the output of a terminal is its stdout', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  server.tell(fake.output('screen', 'pty'), fake.exited(), fake.closed());
  t.is(await readText(process.stdout), 'screen');
  t.is(await readText(process.stderr), '');
});

test('output arrives while the process runs', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  const reader = process.stdout.getReader();
  server.tell(fake.output('early'));
  const { value } = await reader.read();
  t.is(Buffer.from(value ?? []).toString(), 'early');
});

test('a cancelled stream ends its waiting reader and leaves the others alone', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  const reader = process.stdout.getReader();
  const waiting = reader.read();
  await reader.cancel();
  t.true((await waiting).done);
  server.tell(fake.output('for others'), fake.exited(), fake.closed());
  t.is(await readText(process.output), 'for others');
});

test('a loop over events can be left, and another one starts at the beginning', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  server.tell(fake.output('a'), fake.exited(), fake.closed());
  for await (const event of process.events) {
    t.is(event.seq, 1);
    break;
  }
  t.is((await collect(process.events)).length, 3);
});

test('a reader that does not read is left behind, and one read brings it what the executor still has', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  const events = process.events[Symbol.asyncIterator]();
  server.tell(fake.output('0'));
  await events.next();
  for (let index = 1; index <= 300; index += 1) server.tell(fake.output('x'));
  server.tell(fake.exited(), fake.closed());
  await process.exit;
  fake.keptFrom = 10;

  t.deepEqual((await events.next()).value, { type: 'lost', seq: 2, lastSeq: 9 });
  t.like((await events.next()).value, { type: 'output', seq: 10 });
  const rest = await collect({ [Symbol.asyncIterator]: () => events });
  t.is(rest.length, 293);
  t.is(rest.at(-1)?.type, 'closed');
  t.is(server.count('process/read'), 1);
});

test('readers left behind together share one read', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  for (let index = 0; index < 200; index += 1) server.tell(fake.output('o'), fake.output('e', 'stderr'));
  server.tell(fake.exited(), fake.closed());
  await process.exit;
  const [stdout, stderr] = await Promise.all([readText(process.stdout), readText(process.stderr)]);
  t.is(stdout, 'o'.repeat(200));
  t.is(stderr, 'e'.repeat(200));
  t.is(server.count('process/read'), 1);
});

test('what the executor has forgotten is lost for a reader left behind, the rest is not', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  for (let index = 1; index <= 300; index += 1) server.tell(fake.output('x'));
  server.tell(fake.exited(), fake.closed());
  await process.exit;
  server.remembers();
  const events = await collect(process.events);
  t.deepEqual(events[0], { type: 'lost', seq: 1, lastSeq: 46 });
  t.is(events.length, 1 + 256);
});

test('a reader that keeps up is never left behind by a burst', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  const events = collect(process.events);
  for (let index = 0; index < 2_000; index += 1) server.tell(fake.output('x'));
  server.tell(fake.exited(), fake.closed());
  t.is((await events).length, 2_002);
  t.is(server.count('process/read'), 0);
});

test('input that the process does not take is refused with the reason', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('process/write', () => ({ status: 'stdinClosed' }));
  const process = await startOne(server, client, new FakeProcess('p'));
  await t.throwsAsync(process.write('x'), { instanceOf: ProcessError, code: 'STDIN_CLOSED' });
});

test('input for a process that has ended is not sent any more', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  const process = await startOne(server, client, fake);
  server.on('process/write', (_, peer) => {
    peer.tell(fake.exited(), fake.closed());
    return { status: 'accepted' };
  });
  await t.throwsAsync(process.write(Buffer.alloc(10 * STDIN_WRITE_BYTES)), { code: 'STDIN_CLOSED' });
  t.is(server.count('process/write'), 1);
});

test('an interrupt is a signal for a pipe process and a key for a terminal', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const piped = await client.start(['x']);
  const terminal = await client.start(['x'], { tty: true });
  await piped.signal('interrupt');
  await terminal.signal('interrupt');
  t.deepEqual(server.requests('process/signal'), [{ processId: piped.id, signal: 'interrupt' }]);
  t.deepEqual(server.requests('process/write'), [{ processId: terminal.id, chunk: 'Aw==', writeId: '1' }]);
});

test('leaving the scope of a running process terminates it; a closed one costs nothing', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  {
    await using _running = await client.start(['x'], { processId: 'running' });
  }
  {
    const fake = new FakeProcess('closed');
    await using process = await startOne(server, client, fake);
    server.tell(fake.exited(), fake.closed());
    await process.exit;
  }
  t.deepEqual(server.requests('process/terminate'), [{ processId: 'running' }]);
});

test('leaving the scope of a process does not wait for ever for an executor that answers nothing', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('process/terminate', () => undefined);
  {
    await using process = await client.start(['x']);
    t.truthy(process.id);
  }
  t.is(server.count('process/terminate'), 1);
  server.on('process/terminate', () => ({ running: true }));
});

test('an aborted signal terminates the process, whose exit still tells how it ended', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  server.on('process/terminate', (_, peer) => {
    peer.tell(fake.exited(137), fake.closed());
    return { running: true };
  });
  const abort = new AbortController();
  const process = await client.start(['x'], { processId: 'p', signal: abort.signal });
  abort.abort();
  t.like(await process.exit, { exitCode: 137 });
});

test('a start given up before its answer is terminated behind it', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  let answer: (() => void) | undefined;
  server.on('process/start', async ({ processId }) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return { processId, sandboxType: 'none' };
  });
  const abort = new AbortController();
  const starting = client.start(['x'], { processId: 'p', signal: abort.signal });
  await server.waitFor('process/start');
  abort.abort('changed my mind');
  const error = await t.throwsAsync(starting, { instanceOf: StoppedError, code: 'ABORTED', name: 'AbortError' });
  t.is(error?.cause, 'changed my mind');
  t.is(server.count('process/terminate'), 0);
  answer?.();
  await server.waitFor('process/terminate');
  t.deepEqual(server.requests('process/terminate'), [{ processId: 'p' }]);
});

test('an aborted run terminates its command', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const abort = new AbortController();
  const running = client.run(['x'], { processId: 'p', signal: abort.signal });
  await server.waitFor('process/start');
  abort.abort();
  await t.throwsAsync(running, { code: 'ABORTED' });
  await server.waitFor('process/terminate');
});

test('an aborted run does not wait for an executor that answers nothing', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  const abort = new AbortController();
  server.on('process/terminate', () => undefined);
  const running = client.run(['x'], { signal: abort.signal });
  await server.waitFor('process/start');
  await client.status();
  abort.abort();
  await t.throwsAsync(running, { code: 'ABORTED' });
  await server.waitFor('process/terminate');
  server.on('process/terminate', () => ({ running: true }));
});

test('a run that writes more than allowed is terminated', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  server.on('process/start', ({ processId }, peer) => {
    peer.tell(new FakeProcess(processId).output('12345'));
    return { processId, sandboxType: 'none' };
  });
  await t.throwsAsync(client.run(['x'], { maxOutputBytes: 4 }), { code: 'OUTPUT_TOO_LARGE' });
  await server.waitFor('process/terminate');
  t.is(server.count('process/terminate'), 1);
});

test('two processes of one client cannot have the same id', async (t) => {
  await using server = await FakeServer.start();
  await using client = await connect(server.url);
  await client.start(['x'], { processId: 'p' });
  await t.throwsAsync(client.start(['x'], { processId: 'p' }), { code: 'DUPLICATE_PROCESS_ID' });
});

test('closing the client terminates what still runs and fails its handles', async (t) => {
  await using server = await FakeServer.start();
  const client = await connect(server.url);
  const process = await client.start(['x'], { processId: 'p' });
  await Promise.all([client.close(), client.close()]);
  t.deepEqual(server.requests('process/terminate'), [{ processId: 'p' }]);
  await t.throwsAsync(process.exit, { code: 'CLIENT_CLOSED' });
  await t.throwsAsync(client.status(), { code: 'CLIENT_CLOSED' });
  t.is(client.state, 'closed');
});

test('closing the client terminates also more processes than requests may wait', async (t) => {
  await using server = await FakeServer.start();
  const client = await connect(server.url);
  for (let starts = 0; starts < 2; starts += 1) {
    await Promise.all(Array.from({ length: 600 }, () => client.start(['x'])));
  }
  await client.close();
  t.is(server.count('process/terminate'), 1200);
});

test('a failed process that nobody looks at ends nobody', async (t) => {
  await using server = await FakeServer.start();
  const client = await connect(server.url);
  await client.start(['x']);
  await client.close();
  // An unhandled rejection would end this test's process in the turns that follow.
  await nextTurn();
  t.pass();
});
