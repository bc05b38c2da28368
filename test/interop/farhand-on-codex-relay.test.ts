/** Our client on a real executor that nobody can dial, through our relay. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Client } from '#src/index.js';
import { FILE_BLOCK_BYTES } from '#src/protocol/limits.js';
import { collect } from '#test/support/collect.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { untilShown } from './support/client-on-codex.js';
import { assertCounted, countUntil } from './support/counting.js';
import { interop } from './support/interop-test.js';
import { meanwhile } from './support/meanwhile.js';
import { openMeetingPoint } from './support/meeting-point.js';
import { openRelayWorld, type RelayWorld } from './support/relay-world.js';
import { assertUnreadable } from './support/unreadable.js';

const bash = (script: string): string[] => ['bash', '-c', script];

const became = (client: Client, state: Client['state']): Promise<void> =>
  new Promise((resolve) => {
    client.onStateChange((now) => {
      if (now === state) resolve();
    });
  });

interop('a command on a real executor behind the relay gives its outputs and its exit code', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await world.connect();
  const { exitCode, stdoutText, stderrText, complete } = await client.run(bash('cat; echo Zauberspruch >&2; exit 3'), {
    input: 'Zauberwort'.repeat(1000),
  });
  t.deepEqual([exitCode, stdoutText, stderrText, complete], [3, 'Zauberwort'.repeat(1000), 'Zauberspruch\n', true]);
  t.deepEqual(world.tap.calls, ['register 200', 'connect 200', 'validate 200']);
  assertUnreadable(t, world, ['Zauberwort', 'Zauberspruch', 'process/start', 'jsonrpc']);
});

interop('a flood of a real executor, which sends nothing twice, comes whole', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await world.connect();
  const bytes = 24 * 1024 * 1024;
  const { exitCode, stdout, complete } = await client.run(['head', '-c', String(bytes), '/dev/zero']);
  t.deepEqual([exitCode, stdout.length, complete], [0, bytes, true]);
  t.is(world.tap.calls.filter((call) => call === 'connect 200').length, 1, 'on one stream');
});

interop('20 commands run at once on one stream, in pipes and in a terminal', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await world.connect();

  await using meeting = await openMeetingPoint(20);
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const results = await Promise.all(
    numbers.map((n) => client.run(bash(`echo begin ${n}; ${meeting.arrive}; echo end ${n}; exit ${n}`))),
  );
  t.deepEqual(
    results.map(({ exitCode, stdoutText }) => [exitCode, stdoutText]),
    numbers.map((n) => [n, `begin ${n}\nend ${n}\n`]),
  );

  const asking = `printf 'name? '; read -r name; echo "hello $name"; stty size 2>&1; exit 5`;
  for (const [how, heard] of [
    [{ stdin: 'pipe' }, /^name\? hello Ada\nstty: .*\n$/],
    [{ tty: true }, /^name\? Ada\r\nhello Ada\r\n24 80\r\n$/],
  ] as const) {
    const process = await client.start(bash(asking), how);
    const output = text(process.output);
    await untilShown(process, 'name? ');
    await process.write('Ada\n');
    t.is((await process.exit).exitCode, 5);
    t.regex(await output, heard);
  }
  t.is(world.tap.calls.filter((call) => call === 'connect 200').length, 1);
});

interop(
  'files go there and come back, whole and as streams; a stream that is cut goes on as another one',
  async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor();
    await using client = await world.connect();
    using folder = new TemporaryFolder();
    const path = folder.file('large');
    const content = randomBytes(8 * FILE_BLOCK_BYTES + 1);

    await client.files.writeFile(path, content);
    t.true(readFileSync(path).equals(content));
    t.true(content.equals(await client.files.readFile(path)));

    const blocks: Uint8Array[] = [];
    const readOn = async () => {
      for await (const block of await client.files.openRead(path, { start: blocks.length * FILE_BLOCK_BYTES })) {
        blocks.push(block);
        if (blocks.length === 2) world.tap.cutLinks('harness');
      }
    };
    await t.throwsAsync(readOn, { code: 'DISCONNECTED' });
    await readOn();
    t.true(Buffer.concat(blocks).equals(content));

    await client.files.remove(path);
    await new Blob([content]).stream().pipeTo(await client.files.openWrite(path));
    t.true(readFileSync(path).equals(content));
    t.true(
      Buffer.concat(await collect(await client.files.openRead(path, { start: 3, end: 8 }))).equals(
        content.subarray(3, 8),
      ),
    );
    t.is(world.tap.links.filter(({ role }) => role === 'harness').length, 2);
  },
);

for (const [happening, happen] of [
  ['its link is cut', ({ tap }: RelayWorld) => tap.cutLinks('harness')],
  ['that of the executor is cut', ({ tap }: RelayWorld) => tap.cutLinks('executor')],
  ['the relay is started again', (world: RelayWorld) => world.restartRelay()],
] as const) {
  interop(`when ${happening} the client resumes its session, and the output of its command is whole`, async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor();
    await using client = await world.connect();
    await using released = await openMeetingPoint(2);
    const counting = await client.start(bash(countUntil('it', released)));
    const output = text(counting.output);
    await untilShown(counting, 'it 0\n');
    const { sessionId } = client;
    const resumed = became(client, 'connected');
    await happen(world);
    await meanwhile(output, resumed);
    released.arriveAlso();
    assertCounted(t, 'it', await output);
    t.is(client.sessionId, sessionId);
  });
}

interop(
  'a real executor that was started again is another one: the session is lost, and the next is there',
  async (t) => {
    await using world = await openRelayWorld();
    const executor = await world.startExecutor();
    await using client = await world.connect();
    const failed = became(client, 'failed');
    const sleeping = await client.start(['sleep', '1000']);
    executor.kill('SIGKILL');
    await executor.ended;
    await world.startExecutor();
    await failed;
    await t.throwsAsync(sleeping.exit, {
      code: 'SESSION_LOST',
      message: /failed to resume exec-server session: .*: executor key changed during session recovery$/,
    });
    t.is((await client.run(['echo', 'again'])).stdoutText, 'again\n');
  },
);
