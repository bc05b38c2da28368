/** What our client says of the end of a process, of an executor of ours and of one that tells less. */
import test from 'ava';
import { connect } from '#src/client/connect.js';
import { collect } from '#test/support/collect.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

test('an executor of ours says why each process ended, and what it used', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await connect(executor.url);
  const done = await client.run(['sh', '-c', 'exit 3']);
  t.deepEqual(done.cause, { type: 'exited' });
  t.true(done.usage!.wallMs! > 0 && done.usage!.userMs! >= 0 && done.usage!.systemMs! >= 0);
  t.is(done.lostBytes, 0);
  t.deepEqual((await client.run(['sh', '-c', 'kill -TERM $$'])).cause, { type: 'signaled', signal: 'SIGTERM' });

  const process = await client.start(['sh', '-c', 'echo here; sleep 1000']);
  const events = process.events[Symbol.asyncIterator]();
  await events.next();
  await process.terminate();
  const { cause, usage } = await process.exit;
  t.deepEqual(cause, { type: 'terminated', by: 'request' });
  const { value: exited } = await events.next();
  t.like(exited, { type: 'exited', exitCode: 137, cause, usage });
});

/** A process of which 10 bytes came, 7 more were lost, and the last 1 is kept. */
async function outrun(server: FakeServer, end: FakeProcess['end']) {
  await using client = await connect(server.url);
  const fake = new FakeProcess('p');
  fake.end = end;
  server.remembers(fake);
  const process = await client.start(['x'], { processId: 'p' });
  server.tell(fake.output('0123456789'));
  for (const text of ['abc', 'defg', 'h']) fake.output(text);
  fake.keptFrom = 4;
  fake.exited(9);
  fake.closed();
  server.peer.cut();
  const exit = await process.exit;
  return { exit, events: await collect(process.events) };
}

test('the bytes that were lost are known exactly, and an end that was missed is known in full', async (t) => {
  await using server = await FakeServer.start();
  const end = { cause: { type: 'signaled', signal: 'SIGKILL' }, usage: { wallMs: 1.5, peakRssBytes: 4096 } } as const;
  const { exit, events } = await outrun(server, end);
  t.deepEqual(exit as object, {
    exitCode: 9,
    sandboxDenied: false,
    complete: false,
    lostChunks: 2,
    lostBytes: 7,
    ...end,
  });
  t.deepEqual(events[1] as object, { type: 'lost', seq: 2, lastSeq: 3, bytes: 7 });
});

test('of an executor that says nothing of it neither the bytes nor the cause are known', async (t) => {
  await using server = await FakeServer.start();
  const { exit, events } = await outrun(server, undefined);
  t.deepEqual(Object.keys(exit).sort(), ['complete', 'exitCode', 'lostBytes', 'lostChunks', 'sandboxDenied']);
  t.is(exit.lostBytes, undefined);
  t.deepEqual(events[1] as object, { type: 'lost', seq: 2, lastSeq: 3 });
});

test('a reader left behind by a flood is told exactly how many bytes it missed', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await connect(executor.url);
  const written = 6_000_000;
  const process = await client.start(['head', '-c', String(written), '/dev/zero']);
  const { complete, lostBytes } = await process.exit;
  // Nothing was lost on the way here; the reader that comes now finds less.
  t.true(complete);
  t.is(lostBytes, 0);
  let read = 0;
  let missed = 0;
  for await (const event of process.events) {
    if (event.type === 'output') read += event.bytes.length;
    if (event.type === 'lost') missed += event.bytes!;
  }
  t.true(missed > 0);
  t.is(read + missed, written);
});
