/** `farhand doctor` as a program. */
import test from 'ava';
import { reportLines, reportOf } from '#src/cli/doctor/report.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { farhand } from './support/farhand.js';

(canSandbox ? test.serial : test.skip)('on a machine with sandboxes all is well', async (t) => {
  const { code, stdout, stderr } = await farhand(['doctor']);
  t.deepEqual([code, stderr], [0, ''], stdout.toString());
  for (const name of ['bubblewrap', 'terminals', 'sandboxed commands', 'sandboxed file access']) {
    t.regex(stdout.toString(), new RegExp(`^ok +${name}`, 'm'));
  }
  t.regex(stdout.toString(), /\n\nAll is well.*\n$/);
});

test.serial('without bubblewrap it says what to do, and that commands without a sandbox run', async (t) => {
  const { code, stdout, stderr } = await farhand(['doctor'], { env: { FARHAND_BWRAP: '/no/such/bwrap' } });
  t.deepEqual([code, stderr], [1, '']);
  t.regex(stdout.toString(), /^PROBLEM +bubblewrap +FARHAND_BWRAP names.*\n +correct or remove FARHAND_BWRAP$/m);
  t.regex(stdout.toString(), /^ok +commands/m);
  t.false(stdout.toString().includes('sandboxed commands'));
});

test.serial('for programs it says it in JSON, and how commands are really started', async (t) => {
  const env = { FARHAND_BWRAP: '/no/such/bwrap', FARHAND_SPAWNER: 'child_process' };
  const { code, stdout } = await farhand(['doctor', '--json'], { env });
  const { ok, checks } = JSON.parse(stdout.toString());
  t.deepEqual([code, ok], [1, false]);
  t.like(checks[0], { name: 'bubblewrap', verdict: 'problem', remedy: 'correct or remove FARHAND_BWRAP' });
  const commands = checks.find(({ name }: { name: string }) => name === 'commands');
  t.is(commands.detail, 'started by Node, more slowly: native calls are not used here');
});

test.serial('it takes no arguments', async (t) => {
  const { code, stdout, stderr } = await farhand(['doctor', 'now']);
  t.deepEqual([code, stdout.toString()], [2, '']);
  t.regex(stderr, /takes no arguments/);
});

test('what is only lesser is well, and said', (t) => {
  const report = reportOf([
    { name: 'one', verdict: 'ok', detail: 'fine' },
    { name: 'other', verdict: 'lesser', problem: 'worse', remedy: 'repair it' },
  ]);
  t.true(report.ok);
  t.deepEqual(reportLines(report).slice(0, 3), [
    'ok       one    fine',
    'note     other  worse',
    '                repair it',
  ]);
});
