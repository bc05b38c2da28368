/** `farhand run` in a sandbox. */
import { readdirSync } from 'node:fs';
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { farhand, runOnOneExecutor } from './support/farhand.js';

const { sh } = runOnOneExecutor(test);
const sandboxed = canSandbox ? test.serial : test.serial.skip;

const WRITES = 'echo x > here; echo x > "$ELSEWHERE/there"';

sandboxed(
  '--sandbox workspace: the working directory can be written, and what --writable names, and nothing else',
  async (t) => {
    using work = new TemporaryFolder('/var/tmp');
    using elsewhere = new TemporaryFolder('/var/tmp');
    const flags = [
      '--cwd',
      work.path,
      '--env',
      `ELSEWHERE=${elsewhere.path}`,
      '--env',
      'TMPDIR=',
      '--sandbox',
      'workspace',
    ];
    const refused = await farhand(sh(WRITES, flags));
    t.true(refused.code !== 0 && refused.stderr.includes('Read-only file system'), refused.stderr);
    t.true(refused.stderr.endsWith('farhand: the sandbox refused something to this command\n'));
    t.deepEqual([readdirSync(work.path), readdirSync(elsewhere.path)], [['here'], []]);
    const allowed = await farhand(sh(WRITES, [...flags, '--writable', elsewhere.path]));
    t.deepEqual([allowed.code, allowed.stderr], [0, '']);
    t.deepEqual(readdirSync(elsewhere.path), ['there']);
  },
);

sandboxed('--sandbox read-only: nothing can be written, and --network alone gives the network', async (t) => {
  using work = new TemporaryFolder('/var/tmp');
  const flags = ['--cwd', work.path, '--sandbox', 'read-only'];
  t.not((await farhand(sh('echo x > here', flags))).code, 0);
  t.deepEqual(readdirSync(work.path), []);
  const namespace = async (...more: string[]) =>
    (await farhand(sh('readlink /proc/self/ns/net', [...flags, ...more]))).stdout;
  t.notDeepEqual(await namespace(), await namespace('--network'));
});

for (const [flags, problem] of [
  [['--sandbox', 'off'], '--sandbox off: expected read-only or workspace'],
  [['--network'], '--network needs --sandbox'],
  [['--sandbox', 'read-only', '--writable', '/tmp'], '--writable needs --sandbox workspace'],
  [['--sandbox', 'workspace', '--writable', 'tmp'], '--writable tmp: expected an absolute path'],
] as const) {
  test.serial(`${flags.join(' ')} is refused before anything is asked for`, async (t) => {
    const { code, stderr } = await farhand(['run', ...flags, 'ws://127.0.0.1:1', '--', 'true']);
    t.is(code, 2);
    t.true(stderr.includes(problem), stderr);
  });
}
