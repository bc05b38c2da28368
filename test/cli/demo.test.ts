/** `farhand demo` ends whatever it began. */
import { readdirSync } from 'node:fs';
import test from 'ava';
import { childrenOf, eventually, isRunning } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, farhand } from './support/farhand.js';

for (const [signal, said, code] of [
  ['SIGTERM', /Starting a relay/, 143],
  ['SIGTERM', /Starting an executor/, 143],
  ['SIGINT', /Session .* after/, 130],
] as const) {
  test.serial(`${signal} behind ${said} ends its programs, and no file is left`, async (t) => {
    using folder = new TemporaryFolder();
    await using demo = new FarhandProgram(['demo'], { env: { TMPDIR: folder.path } });
    await demo.says(said);
    await eventually(() => childrenOf(demo.pid).length > 0);
    const children = childrenOf(demo.pid).map(({ pid }) => pid);
    demo.kill(signal);
    t.like(await demo.outcome(), { code, stderr: '' });
    t.deepEqual(readdirSync(folder.path), []);
    t.false(children.some(isRunning));
  });
}

test.serial('its executor does not outlive it when it is killed', async (t) => {
  using folder = new TemporaryFolder();
  await using demo = new FarhandProgram(['demo'], { env: { TMPDIR: folder.path } });
  await demo.says(/Session .* after/);
  const [relay, executor] = childrenOf(demo.pid).map(({ pid }) => pid);
  demo.kill('SIGKILL');
  await demo.ended;
  await eventually(() => !isRunning(executor!) && !isRunning(relay!));
  t.pass();
});

test.serial('what its programs cannot do is told in one line', async (t) => {
  const { code, stderr } = await farhand(['demo'], { env: { TMPDIR: '/no/such/folder' } });
  t.is(code, 1);
  t.regex(stderr, /^farhand: cannot make a folder [^\n]*No such file or directory[^\n]*\n$/);
});

test.serial('an executor that does not start is told with what it said', async (t) => {
  const { code, stderr } = await farhand(['demo'], { env: { FARHAND_SPAWNER: 'magic' } });
  t.is(code, 1);
  t.regex(stderr, /^farhand: the executor ended: Error: FARHAND_SPAWNER must be [^\n]*\n$/);
});
