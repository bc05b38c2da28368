/** Who gets a session that still has a connection: nobody while that connection lives, the next one when it is silent. */
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, type RpcFailure } from '#test/support/rpc-client.js';

test('a session whose connection answers is not given to another', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using owner = await RpcClient.connect(executor.url);
  await t.throwsAsync(RpcClient.connect(executor.url, { resume: owner.sessionId }), {
    code: -32010,
    message: `session ${owner.sessionId} is already attached to another connection`,
  } as object);
  t.is((await owner.call('environment/status', {})).status, 'ready');
});

test('a session whose connection is silent is given to another, with its processes, and the silent one is closed', async (t) => {
  await using executor = await ExecutorProgram.start();
  const silent = await RpcClient.connect(executor.url);
  await silent.shell('p', 'echo before; cat', { pipeStdin: true });
  await silent.hasWritten('p', 'before\n');
  silent.pause();
  await using next = await RpcClient.connect(executor.url, { resume: silent.sessionId });
  t.is(next.sessionId, silent.sessionId);
  await next.write('p', 'after\n', '1');
  await next.hasWritten('p', 'after\n');
  silent.resume();
  await silent.ended;
});

test('of two connections that want a detached session one gets it', async (t) => {
  await using executor = await ExecutorProgram.start();
  for (let round = 0; round < 10; round += 1) {
    const first = await RpcClient.connect(executor.url);
    first.cut();
    await first.ended;
    const race = await Promise.allSettled(
      ['one', 'other'].map(() => RpcClient.connect(executor.url, { resume: first.sessionId })),
    );
    t.deepEqual(outcomes(race), [-32010, 'resumed']);
    for (const client of winners(race)) client.cut();
  }
});

test('of two connections that want the session of a silent one, one gets it', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using silent = await RpcClient.connect(executor.url);
  silent.pause();
  const race = await Promise.allSettled(
    ['one', 'other'].map(() => RpcClient.connect(executor.url, { resume: silent.sessionId })),
  );
  t.deepEqual(outcomes(race), [-32010, 'resumed']);
  for (const client of winners(race)) client.cut();
});

test('a session that nobody knows is named in the refusal', async (t) => {
  await using executor = await ExecutorProgram.start();
  await t.throwsAsync(RpcClient.connect(executor.url, { resume: 'nothing' }), {
    code: -32600,
    message: 'unknown session id nothing',
  } as object);
});

const outcomes = (race: readonly PromiseSettledResult<RpcClient>[]) =>
  race.map((end) => (end.status === 'fulfilled' ? 'resumed' : (end.reason as RpcFailure).code)).sort();

const winners = (race: readonly PromiseSettledResult<RpcClient>[]) =>
  race.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
