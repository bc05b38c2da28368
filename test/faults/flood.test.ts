/** Requests that are sent without waiting for any answer are all answered. */
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, type RpcFailure } from '#test/support/rpc-client.js';

const REQUESTS = 20_000;

test(`${REQUESTS} pipelined requests are all answered, though nothing is read before all are written`, async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  client.pause();
  const calls = Array.from({ length: REQUESTS }, () => client.call('environment/status', {}));
  await client.written();
  client.resume();
  const answers = await Promise.all(calls);
  t.true(answers.every(({ status }) => status === 'ready'));
});

test('pipelined requests that fail are all answered, in a mix with others', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  client.pause();
  const calls = Array.from({ length: REQUESTS }, (_, index) => {
    if (index % 2 === 0) return client.call('environment/status', {}).then(({ status }) => status);
    return client.read(`nobody ${index}`).catch((error: RpcFailure) => `${error.code} ${error.message}`);
  });
  await client.written();
  client.resume();
  const expected = calls.map((_, index) => (index % 2 === 0 ? 'ready' : `-32600 unknown process id nobody ${index}`));
  t.deepEqual(await Promise.all(calls), expected);
});

test('a terminate that comes behind thousands of long polls ends what they wait for', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  await client.start('sleeper', ['sleep', '1000']);
  const polls = Array.from({ length: 5000 }, () => client.read('sleeper', 0, { waitMs: 600_000 }));
  t.deepEqual(await client.terminate('sleeper'), { running: true });
  const answers = await Promise.all(polls);
  t.true(answers.every(({ exited }) => exited));
});
