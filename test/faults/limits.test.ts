/** What happens past each limit that an operator can set: a refusal that names it, and nothing of what was there is lost. */

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Client, connect, LimitError } from '#src/index.js';
import { PROCESS_END } from '#src/protocol/process-end.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { eventually, isRunning } from '#test/support/procfs.js';
import { RpcClient, startParams } from '#test/support/rpc-client.js';

const MORTAL = fileURLToPath(import.meta.resolve('#test/support/mortal-executor.js'));

const refusal = (limit: string, value: number, problem: string) => ({
  code: -32600,
  data: { limit },
  message: `${problem} (--${limit} ${value})`,
});

test('past the connections an upgrade is answered 503 and says which limit; one that ends makes room', async (t) => {
  await using executor = await ExecutorProgram.start({ args: ['--max-connections', '1'] });
  const only = await RpcClient.connect(executor.url);
  const full = { message: /503: too many connections to this executor \(--max-connections 1\)/ };
  t.like(await t.throwsAsync(connect(executor.url), full), { code: 'CONNECT_FAILED', limit: 'max-connections' });
  only.cut();
  // That it has ended is known there a moment later.
  const connected = async (): Promise<Client> => {
    try {
      return await connect(executor.url);
    } catch (error) {
      t.regex((error as Error).message, full.message);
      return connected();
    }
  };
  await using next = await connected();
  t.is(next.state, 'connected');
});

test('past the sessions an initialize is refused, also while they have no connection; a resume is not', async (t) => {
  await using executor = await ExecutorProgram.start({ args: ['--max-sessions', '1'] });
  const first = await RpcClient.connect(executor.url);
  first.cut();
  await first.ended;
  await using other = await RpcClient.dial(executor.url);
  t.like(await t.throwsAsync(other.initialize()), refusal('max-sessions', 1, 'too many sessions on this executor'));
  await t.throwsAsync(connect(executor.url), { instanceOf: LimitError, message: /--max-sessions 1/ });
  await other.initialize(first.sessionId);
  t.is(other.sessionId, first.sessionId);
});

for (const spawner of SPAWNERS) {
  test(`past the processes of a session a start is refused until one has ended, however it ended (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, args: ['--max-session-processes', '1'] });
    await using client = await RpcClient.connect(executor.url);
    const full = refusal('max-session-processes', 1, 'too many processes in this session');
    const ended: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['cat', () => client.terminate('cat')],
      ['echo', async () => {}],
    ];
    for (const [id, end] of ended) {
      await client.start(id, [id], { pipeStdin: true });
      if (id === 'cat') t.like(await t.throwsAsync(client.start('more', ['true'])), full);
      await end();
      await client.closed(id);
    }
    await t.throwsAsync(client.start('no such', ['/no/such/program']), { message: /No such file/ });
    await using other = await RpcClient.connect(executor.url);
    await other.start('p', ['cat'], { pipeStdin: true });
    await client.start('last', ['true']);
    await client.closed('last');
  });

  test(`whatever has become of processes, their places are free again (${spawner})`, async (t) => {
    const args = ['--max-processes', '4', '--log-format', 'json'];
    await using executor = await ExecutorProgram.start({ spawner, program: MORTAL, args });
    await using client = await RpcClient.connect(executor.url);
    const workers = spawner === 'auto' ? Math.min(availableParallelism(), 4) : 1;
    const ready = () => executor.stderr.split('"event":"workerReady"').length - 1;
    const full = refusal('max-processes', 4, 'too many processes on this executor');
    /** Starts it as soon as there is room. */
    const start = async (id: string, program: string): Promise<void> => {
      const refused = await client.start(id, [program], { pipeStdin: true }).then(
        () => undefined,
        (error) => error,
      );
      if (refused === undefined) return;
      t.like(refused, full);
      await start(id, program);
    };
    for (let round = 0; round < 3; round += 1) {
      const [cancelled] = client.callTogether([
        ['process/start', startParams('cancelled', ['cat'], { pipeStdin: true })],
        ['process/terminate', { processId: 'cancelled' }],
      ]);
      await t.throwsAsync(cancelled!);
      await t.throwsAsync(client.start('no such', ['/no/such/program']));
      await start(`ends ${round}`, 'true');
      await start(`lost ${round}`, 'cat');
      // One that dies before it is ready is not replaced at once, and while it loads native code takes the program along.
      await eventually(() => ready() === workers * (round + 1));
      executor.tell('all');
      await client.closed(`lost ${round}`);
    }
    for (const id of ['1', '2', '3', '4']) await start(id, 'cat');
    t.like(await t.throwsAsync(client.start('5', ['cat'])), full);
  });

  test(`a process that runs for too long is killed with all its descendants, and the cause says so (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, args: ['--max-process-seconds', '1'] });
    await using client = await RpcClient.connect(executor.url, { extensions: [PROCESS_END] });
    await client.shell('slow', `setsid sh -c 'echo "$$ is away"; exec sleep 1000' & sleep 1000`);
    await client.hasWritten('slow', 'is away');
    const away = Number.parseInt(client.record('slow').output().toString(), 10);
    t.true(isRunning(away));
    await client.shell('quick', 'exit 3');
    await client.closed('quick');
    await client.closed('slow');
    const exits = client.pushed.flatMap((event) => (event.is === 'exited' ? [[event.processId, event.cause]] : []));
    t.deepEqual(exits, [
      ['quick', { type: 'exited' }],
      ['slow', { type: 'deadline' }],
    ]);
    t.deepEqual((await client.read('slow')).cause, { type: 'deadline' });
    await eventually(() => !isRunning(away));
  });
}

test('processes of all sessions together, starts per second, and kept output have limits of their own', async (t) => {
  const args = ['--max-processes', '2', '--max-starts-per-second', '3', '--max-retained-bytes', '1'];
  await using executor = await ExecutorProgram.start({ args });
  await using one = await RpcClient.connect(executor.url);
  await using other = await RpcClient.connect(executor.url);
  await one.start('a', ['cat'], { pipeStdin: true });
  await other.start('a', ['cat'], { pipeStdin: true });
  t.like(
    await t.throwsAsync(other.start('b', ['true'])),
    refusal('max-processes', 2, 'too many processes on this executor'),
  );
  await one.terminate('a');
  await one.closed('a');
  t.like(
    await t.throwsAsync(other.start('b', ['true'])),
    refusal('max-retained-bytes', 1, 'too much output of ended processes is kept on this executor'),
  );
});

test('a session starts so many at once', async (t) => {
  await using executor = await ExecutorProgram.start({ args: ['--max-starts-per-second', '2'] });
  await using client = await RpcClient.connect(executor.url);
  const calls = ['a', 'b', 'c', 'd'].map(
    (processId) => ['process/start', { processId, argv: ['true'], cwd: 'file:///', env: {}, tty: false }] as const,
  );
  const answers = await Promise.allSettled(client.callTogether(calls));
  const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  t.true(reasons.length >= 1);
  t.like(reasons.at(-1), refusal('max-starts-per-second', 2, 'too many starts in this session'));
});

test('our client throws an error that names the limit', async (t) => {
  await using executor = await ExecutorProgram.start({ args: ['--max-session-processes', '1'] });
  await using client = await connect(executor.url);
  await using cat = await client.start(['cat'], { stdin: 'pipe' });
  t.truthy(cat);
  const error = await t.throwsAsync(client.run(['true']), { instanceOf: LimitError });
  t.like(error, { code: 'LIMIT_REACHED', limit: 'max-session-processes', rpcCode: -32600 });
});

test('an idle session ends with its connection, and one that runs something does not', async (t) => {
  await using executor = await ExecutorProgram.start({ args: ['--idle-session-seconds', '1'] });
  await using busy = await RpcClient.connect(executor.url);
  await busy.start('p', ['cat'], { pipeStdin: true });
  await using idle = await RpcClient.connect(executor.url);
  await idle.ended;
  await t.throwsAsync(RpcClient.connect(executor.url, { resume: idle.sessionId }), { message: /unknown session id/ });
  t.is((await busy.call('environment/status', {})).status, 'ready');
});
