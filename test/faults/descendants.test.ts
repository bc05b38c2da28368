/** Descendants that have left the group and the session of their leader: when they are ended with it, and when they are not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { eventually, isRunning } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const MORTAL = fileURLToPath(import.meta.resolve('#test/support/mortal-executor.js'));

/** Each makes one process that lives on and says its pid in the file of that name, in `$D`. */
const ESCAPES = {
  setsid: `setsid sh -c 'echo $$ > $D/setsid; exec sleep 1000' &`,
  nohup: `nohup sh -c 'echo $$ > $D/nohup; exec sleep 1000' >/dev/null 2>&1 &`,
  'nohup setsid': `nohup setsid sh -c 'echo $$ > "$D/nohup setsid"; exec sleep 1000' >/dev/null 2>&1 &`,
  // The first of the new session ends at once: a daemon whose parent is gone, in a session without a leader.
  daemon: `setsid sh -c 'sleep 1000 & echo $! > $D/daemon' </dev/null >/dev/null 2>&1`,
  // As a daemon that leaves even that session.
  'twice away': `setsid sh -c 'setsid sh -c "sleep 1000 & echo \\$! > \\"\\$D/twice away\\""' </dev/null >/dev/null 2>&1`,
  'deaf to all': `setsid sh -c 'trap "" HUP INT TERM QUIT TSTP; echo $$ > "$D/deaf to all"; while :; do sleep 1; done' &`,
  'a job': `set -m; sh -c 'echo $$ > "$D/a job"; exec sleep 1000' & set +m`,
} as const;
type Escape = keyof typeof ESCAPES;
const EVERY = Object.keys(ESCAPES) as Escape[];

/** Starts a command that lets these escape, and then goes on, or ends; the pids of those who have. */
async function letEscape(
  t: ExecutionContext,
  client: RpcClient,
  id: string,
  {
    escapes = EVERY,
    last = 'sleep 1000',
    tty = false,
  }: { escapes?: readonly Escape[]; last?: string; tty?: boolean } = {},
): Promise<Map<Escape, number>> {
  const folder = new TemporaryFolder();
  t.teardown(() => folder[Symbol.dispose]());
  const script = [...escapes.map((way) => ESCAPES[way]), last].join('\n');
  await client.shell(id, script, { tty, env: { D: folder.file('.') } });
  await eventually(() => escapes.every((way) => existsSync(folder.file(way)) && folder.read(way).includes('\n')));
  const pids = new Map(escapes.map((way) => [way, Number(folder.read(way))]));
  t.teardown(() => {
    for (const pid of pids.values()) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  for (const [way, pid] of pids) t.true(isRunning(pid), way);
  return pids;
}

const running = (pids: ReadonlyMap<Escape, number>): Escape[] =>
  [...pids].flatMap(([way, pid]) => (isRunning(pid) ? [way] : []));

/** Of nobody's family, in the session of this test, and as a daemon of its own. */
function unrelated(t: ExecutionContext): ChildProcess[] {
  return [false, true].map((detached) => {
    const child = spawn('sleep', ['1000'], { detached });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  });
}

for (const spawner of SPAWNERS) {
  for (const tty of [false, true]) {
    test(`a terminate reaches every descendant, ${tty ? 'of a terminal, ' : ''}and nobody else (${spawner})`, async (t) => {
      await using executor = await ExecutorProgram.start({ spawner });
      await using client = await RpcClient.connect(executor.url);
      const others = unrelated(t);
      const neighbour = await letEscape(t, client, 'neighbour');
      const left = await letEscape(t, client, 'over', { escapes: ['setsid', 'daemon'], last: 'exit 0' });
      await client.until(() => client.record('over').exitCode === 0);
      const family = await letEscape(t, client, 'p', { tty });
      t.deepEqual(await client.terminate('p'), { running: true });
      t.is((await client.closed('p')).exitCode, 137);
      await eventually(() => running(family).length === 0);
      t.deepEqual(running(neighbour), EVERY);
      t.deepEqual(running(left), ['setsid', 'daemon']);
      t.true(others.every(({ pid }) => isRunning(pid!)));
      // The neighbour goes on, and none of its family has been stopped for good.
      t.deepEqual(await client.terminate('neighbour'), { running: true });
      await eventually(() => running(neighbour).length === 0);
    });
  }

  test(`a terminate of a command that has ended leaves alone what it has left in the background (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const left = await letEscape(t, client, 'p', { last: 'exit 0' });
    await client.until(() => client.record('p').exitCode === 0);
    t.deepEqual(await client.terminate('p'), { running: false });
    // Behind a terminate of another, which would have been carried out after it.
    await letEscape(t, client, 'q', { escapes: ['setsid'] });
    await client.terminate('q');
    await client.closed('q');
    t.deepEqual(running(left), EVERY);
  });

  test(`the end of the executor reaches descendants of commands that run, and not what others have left behind (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await using other = await RpcClient.connect(executor.url);
    const left = await letEscape(t, client, 'over', { last: 'exit 0' });
    await client.until(() => client.record('over').exitCode === 0);
    const families = [
      await letEscape(t, client, 'p'),
      await letEscape(t, client, 'q', { tty: true }),
      await letEscape(t, other, 'p'),
    ];
    executor.kill('SIGTERM');
    t.deepEqual(await executor.ended, { code: 0, signal: null });
    await eventually(() => families.every((family) => running(family).length === 0));
    t.deepEqual(running(left), EVERY);
  });
}

for (const spawner of SPAWNERS) {
  test(`an executor or a worker that is killed leaves no descendant of commands that run (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, program: MORTAL });
    await using client = await RpcClient.connect(executor.url);
    const others = unrelated(t);
    const left = await letEscape(t, client, 'over', { last: 'exit 0' });
    await client.until(() => client.record('over').exitCode === 0);
    const ofWorker = await letEscape(t, client, 'p');
    executor.tell('all');
    await client.closed('p');
    await eventually(() => running(ofWorker).length === 0);
    const ofExecutor = [await letEscape(t, client, 'q'), await letEscape(t, client, 'r', { tty: true })];
    executor.kill('SIGKILL');
    await executor.ended;
    await eventually(() => ofExecutor.every((family) => running(family).length === 0));
    t.deepEqual(running(left), EVERY);
    t.true(others.every(({ pid }) => isRunning(pid!)));
  });
}

test('descendants that multiply in sessions of their own are all caught', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  using folder = new TemporaryFolder();
  // Each lives for a moment and begins the next in a new session; ten lines of descent, each member written down before it is there.
  folder.write('line', `echo "$$ " >> ${folder.file('seen')}\nsleep 0.02\nsetsid sh ${folder.file('line')} &\n`);
  await client.shell('p', `for i in 1 2 3 4 5 6 7 8 9 10; do setsid sh ${folder.file('line')} & done; sleep 1000`);
  const seen = () => (existsSync(folder.file('seen')) ? folder.read('seen').split(/\s+/).filter(Boolean) : []);
  await eventually(() => seen().length > 60);
  await client.terminate('p');
  await client.closed('p');
  // Whoever had escaped would write down a next one, or many, by the time that this has ended.
  await client.shell('settle', ':');
  await client.closed('settle');
  const caught = seen().length;
  await client.shell('later', 'sleep 0.5');
  await client.closed('later');
  t.is(seen().length, caught);
});
