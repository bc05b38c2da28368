/** An executor that is asked to end, and gives its commands time. */
import { once } from 'node:events';
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { ROOT_NOTICE } from '#test/support/root-notice.js';
import { RpcClient } from '#test/support/rpc-client.js';

const PATIENT = ['--drain-seconds', '600'];
const STARTS_NO_MORE = 'this executor is shutting down: it starts no more processes';
const BEGINS_NO_SESSION = 'this executor is shutting down: sessions can be resumed, not begun';

const readiness = async (url: string): Promise<number> => (await fetch(`${url.replace('ws', 'http')}/readyz`)).status;

/** An executor that drains, and a client with a command that echoes its input and ends with it. */
async function drainingExecutor(args = PATIENT) {
  const executor = await ExecutorProgram.start({ args });
  const client = await RpcClient.connect(executor.url);
  await client.start('cat', ['/bin/cat'], { pipeStdin: true });
  executor.kill('SIGTERM');
  const refusal = await refusedStart(client);
  return { executor, client, refusal };
}

/** Resolves when starts are refused: the signal has been heeded. */
async function refusedStart(client: RpcClient): Promise<Error> {
  for (let n = 0; ; n++) {
    try {
      await client.start(`start ${n}`, ['/bin/true']);
    } catch (error) {
      return error as Error;
    }
  }
}

test('while it drains commands run on, sessions can be resumed, and nothing new begins', async (t) => {
  const { executor, client, refusal } = await drainingExecutor();
  await using _ = executor;
  t.like(refusal, { code: -32603, message: STARTS_NO_MORE });
  await t.throwsAsync(RpcClient.connect(executor.url), { message: BEGINS_NO_SESSION });
  t.is(await readiness(executor.url), 503);

  await client.write('cat', 'before\n', 'w1');
  await client.hasWritten('cat', 'before');
  client.cut();
  const resumed = await RpcClient.connect(executor.url, { resume: client.sessionId });
  await resumed.write('cat', 'after\n', 'w2');
  await resumed.hasWritten('cat', 'after');
  t.is((await resumed.call('fs/getMetadata', { path: 'file:///' })).isDirectory, true);

  await resumed.terminate('cat');
  t.deepEqual(await executor.ended, { code: 0, signal: null });
  t.is(executor.stderr, ROOT_NOTICE);
});

test('it ends with the last command, and whoever is connected has its last words', async (t) => {
  await using executor = await ExecutorProgram.start({ args: PATIENT });
  await using client = await RpcClient.connect(executor.url);
  await client.shell('long', 'read go; head -c 8000000 /dev/zero; exit 3', { pipeStdin: true });
  executor.kill('SIGTERM');
  await refusedStart(client);
  await client.write('long', 'go\n', 'w');
  await client.ended;
  const record = client.record('long');
  const exited = record.events.find((event) => event.is === 'exited');
  t.deepEqual([record.output().length, exited?.exitCode, record.closed], [8_000_000, 3, true]);
  t.deepEqual(await executor.ended, { code: 0, signal: null });
});

test('who follows by reads can ask once more after the end', async (t) => {
  const { executor, client } = await drainingExecutor();
  await using _ = executor;
  await client.terminate('cat');
  await client.closed('cat');
  t.true((await client.read('cat')).closed);
  t.deepEqual(await executor.ended, { code: 0, signal: null });
});

test('when the time is over the rest is killed', async (t) => {
  const { executor, client } = await drainingExecutor(['--drain-seconds', '1']);
  await client.ended;
  t.deepEqual(await executor.ended, { code: 0, signal: null });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends it at once while it drains`, async (t) => {
    const { executor } = await drainingExecutor();
    executor.kill(signal);
    t.deepEqual(await executor.ended, { code: 0, signal: null });
  });
}

test('where nothing runs nothing is waited for', async (t) => {
  await using executor = await ExecutorProgram.start({ args: PATIENT });
  await using client = await RpcClient.connect(executor.url);
  await client.start('short', ['/bin/true']);
  await client.closed('short');
  executor.kill('SIGTERM');
  t.deepEqual(await executor.ended, { code: 0, signal: null });
});

test('the end of standard input, where it counts, is not waited upon', async (t) => {
  await using executor = await ExecutorProgram.start({ args: [...PATIENT, '--exit-on-stdin-close'] });
  await using client = await RpcClient.connect(executor.url);
  await client.start('cat', ['/bin/cat'], { pipeStdin: true });
  executor.process.stdin!.end();
  await once(executor.process, 'exit');
  t.is(executor.process.exitCode, 0);
});
