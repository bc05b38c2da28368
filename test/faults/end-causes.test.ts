/** What a client that asks for it is told of the end of a process, and that nobody else hears a word more than from 0.169.0. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { PROCESS_END } from '#src/protocol/process-end.js';
import { sandboxOf } from '#test/sandbox/attacks/attack.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import type { ProcessRecord } from '#test/support/process-record.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const MORTAL = fileURLToPath(import.meta.resolve('#test/support/mortal-executor.js'));
const ASKING = { extensions: [PROCESS_END, 'another'] };

/** All files and no network: in a sandbox, and without processes of its own. */
const OFFLINE = {
  permissions: { type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' },
  cwd: 'file:///',
  windowsSandboxLevel: 'disabled',
};
/** A child of the shell has 300 MiB at once, and the shell counts. */
const BUSY =
  'dd if=/dev/zero of=/dev/null bs=300M count=2 2>/dev/null; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';

const endOf = (record: ProcessRecord) => {
  const exited = record.events.find((event) => event.is === 'exited');
  if (!exited) throw new Error('it has not exited');
  return exited;
};

for (const spawner of SPAWNERS) {
  test(`the cause of each end is told with it, and read afterwards (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, program: MORTAL });
    await using client = await RpcClient.connect(executor.url, ASKING);
    const causeOf = async (id: string) => {
      const { cause } = endOf(await client.closed(id));
      t.deepEqual((await client.read(id)).cause, cause);
      return cause;
    };
    await client.shell('exit', 'exit 9');
    t.deepEqual(await causeOf('exit'), { type: 'exited' });
    await client.shell('like a kill', 'exit 137');
    t.deepEqual(await causeOf('like a kill'), { type: 'exited' });
    await client.shell('signal', 'kill -SEGV $$');
    t.deepEqual(await causeOf('signal'), { type: 'signaled', signal: 'SIGSEGV' });
    await client.shell('kill', 'kill -KILL $$');
    t.deepEqual(await causeOf('kill'), { type: 'signaled', signal: 'SIGKILL' });
    await client.shell('terminal', 'kill -HUP $$', { tty: true });
    t.deepEqual(await causeOf('terminal'), { type: 'signaled', signal: 'SIGHUP' });
    await client.shell('terminate', 'echo here; sleep 1000');
    await client.hasWritten('terminate', 'here');
    await client.terminate('terminate');
    t.deepEqual(await causeOf('terminate'), { type: 'terminated', by: 'request' });
    await client.shell('lost', 'echo here; sleep 1000');
    await client.hasWritten('lost', 'here');
    executor.tell('all');
    t.deepEqual(await causeOf('lost'), { type: 'workerLost' });
  });

  test(`wall time is that of the process, and a read says the same as the event (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url, ASKING);
    const before = performance.now();
    await client.shell('p', 'sleep 0.3');
    const { usage } = endOf(await client.closed('p'));
    const most = performance.now() - before;
    // The process may begin before its start is counted from: on a busy machine by any time.
    t.true(usage!.wallMs! > 0 && usage!.wallMs! <= most, `${usage!.wallMs} of ${most}`);
    t.deepEqual((await client.read('p')).usage, usage);
  });

  test(`who did not ask is told what 0.169.0 tells, and whoever resumes is told what it asks for (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using plain = await RpcClient.connect(executor.url);
    await plain.shell('p', 'exit 3');
    t.deepEqual(Object.keys(endOf(await plain.closed('p'))).sort(), ['exitCode', 'is', 'sandboxDenied', 'seq']);
    const MEMBERS = ['chunks', 'closed', 'exitCode', 'exited', 'failure', 'nextSeq', 'sandboxDenied'];
    t.deepEqual(Object.keys(await plain.read('p')).sort(), MEMBERS);
    plain.cut();
    await plain.ended;
    await using asking = await RpcClient.connect(executor.url, { resume: plain.sessionId, ...ASKING });
    t.like(await asking.read('p'), { exitCode: 3, cause: { type: 'exited' }, lostBytes: 0 });
    await asking.shell('q', 'exit 4');
    t.deepEqual(endOf(await asking.closed('q')).cause, { type: 'exited' });
    asking.cut();
    await asking.ended;
    await using again = await RpcClient.connect(executor.url, { resume: plain.sessionId });
    t.deepEqual(Object.keys(await again.read('q')).sort(), MEMBERS);
  });

  test(`the bytes that are retained no longer are counted exactly (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url, ASKING);
    const written = 5_000_003;
    await client.shell('p', `head -c ${written} /dev/zero`);
    await client.closed('p');
    const { chunks, lostBytes } = await client.read('p');
    const kept = chunks.reduce((sum, { chunk }) => sum + Buffer.from(chunk, 'base64').length, 0);
    t.true(lostBytes! > 0);
    t.is(kept + lostBytes!, written);
    t.is((await client.read('p', chunks.at(-1)!.seq)).lostBytes, lostBytes);
  });
}

test('processor time and peak memory are those of the command and of what it waited for', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url, ASKING);
  await client.shell('busy', BUSY);
  const busy = endOf(await client.closed('busy')).usage!;
  t.true(busy.peakRssBytes! > 300 * 2 ** 20 && busy.peakRssBytes! < 400 * 2 ** 20, `${busy.peakRssBytes}`);
  t.true(busy.userMs! > 10, `${busy.userMs}`);
  t.true(busy.systemMs! > 1, `${busy.systemMs}`);
  t.true(busy.userMs! + busy.systemMs! <= busy.wallMs! + 10);
  // Of one that needs less than the executor itself nobody can say how much that was.
  await client.shell('idle', 'sleep 0.2');
  const idle = endOf(await client.closed('idle')).usage!;
  t.deepEqual(Object.keys(idle).sort(), ['systemMs', 'userMs', 'wallMs']);
  t.true(idle.userMs! + idle.systemMs! < 100, JSON.stringify(idle));
});

for (const policy of ['workspace', 'everything without network'] as const) {
  (canSandbox ? test : test.skip)(
    `processor time and peak memory in a sandbox are those of the command (${policy})`,
    async (t) => {
      await using executor = await ExecutorProgram.start();
      await using client = await RpcClient.connect(executor.url, ASKING);
      using folder = new TemporaryFolder();
      const more = { sandbox: policy === 'workspace' ? sandboxOf('workspace', folder.path) : OFFLINE };
      await client.shell('busy', BUSY, { more });
      const busy = endOf(await client.closed('busy'));
      t.deepEqual(busy.cause, { type: 'exited' });
      const { peakRssBytes, userMs, systemMs, wallMs } = busy.usage!;
      t.true(peakRssBytes! > 300 * 2 ** 20 && peakRssBytes! < 400 * 2 ** 20, `${peakRssBytes}`);
      t.true(userMs! > 10 && systemMs! > 1 && userMs! + systemMs! <= wallMs! + 10, JSON.stringify(busy.usage));
      await client.shell('idle', 'sleep 0.2', { more });
      const idle = endOf(await client.closed('idle')).usage!;
      t.true(idle.userMs! + idle.systemMs! < 100, JSON.stringify(idle));
      // Inside, nothing begins on the memory of the executor.
      if (policy === 'workspace') t.true(idle.peakRssBytes! < 32 * 2 ** 20, `${idle.peakRssBytes}`);
      await client.shell('signal', 'kill -TERM $$', { more });
      const signal = endOf(await client.closed('signal'));
      t.is(signal.exitCode, 143);
      t.is(signal.cause, undefined);
    },
  );
}

test('without native calls nothing is said of processor time and memory', async (t) => {
  await using executor = await ExecutorProgram.start({ spawner: 'child_process' });
  await using client = await RpcClient.connect(executor.url, ASKING);
  await client.shell('p', ':');
  t.deepEqual(Object.keys(endOf(await client.closed('p')).usage!), ['wallMs']);
});
