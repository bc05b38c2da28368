/** `farhand shell` on a terminal: one of the executor's own, so that Farhand runs on Farhand. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { allProcesses } from '#test/support/procfs.js';
import { type FarTerminal, openTerminal } from './support/far-terminal.js';
import { CLI, farhand, type Served, serve } from './support/farhand.js';

let executor: Served;
test.before(async () => {
  executor = await serve();
});
test.after.always(() => executor[Symbol.asyncDispose]());

/** A shell in a shell: `before` and `after` are run by the near one, around `farhand shell`. */
const open = ({ before = '', after = '' } = {}): Promise<FarTerminal> =>
  openTerminal(executor.url, `${before}\n"$1" "$2" shell "$3"\ncode=$?\n${after}\nexit $code`, [
    process.execPath,
    CLI,
    executor.url,
  ]);

const commandLineOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    // It has just ended.
    return '';
  }
};

/**
 * Waits until the far shell waits for a line: what is typed before it reads keys is a line of its terminal, in which
 * Ctrl-D means something else. The prompt is typed so that its echo cannot be mistaken for it.
 */
async function ready(terminal: FarTerminal): Promise<void> {
  await terminal.type('PS1="pro""mpt> "\r');
  await terminal.shows(/prompt> /);
}

test.serial('the far shell has a terminal of our size, and its exit code is ours', async (t) => {
  await using terminal = await open({ before: 'stty rows 41 cols 97' });
  await ready(terminal);
  await terminal.type('stty size\r');
  await terminal.shows(/[\r\n]41 97\r/);
  await terminal.type('exit 7\r');
  t.like(await terminal.process.exit, { exitCode: 7 });
});

test.serial('it is told which terminal this is', async (t) => {
  await using terminal = await openTerminal(
    executor.url,
    '"$1" "$2" shell "$3"',
    [process.execPath, CLI, executor.url],
    { TERM: 'vt100' },
  );
  await ready(terminal);
  await terminal.type('echo "[$TERM]"\r');
  t.truthy(await terminal.shows(/[\r\n]\[vt100\]/));
});

test.serial('Ctrl-C reaches what runs there, and the shell goes on', async (t) => {
  await using terminal = await open();
  await ready(terminal);
  await terminal.type('sh -c \'echo star""ted; exec sleep 60\'\r');
  await terminal.shows(/started/);
  await terminal.type('\x03');
  await terminal.type('echo "code=$?"\r');
  t.truthy(await terminal.shows(/[\r\n]code=130/));
});

test.serial('Ctrl-D ends the far shell', async (t) => {
  await using terminal = await open();
  await ready(terminal);
  await terminal.type('\x04');
  t.like(await terminal.process.exit, { exitCode: 0 });
});

for (const [what, leave, exitCode] of [
  ['exit', 'exit 3\r', 3],
  ['~.', '\r~.', 255],
] as const) {
  test.serial(`after ${what} the terminal has its mode back`, async (t) => {
    await using terminal = await open({ before: 'echo "[$(stty -g)]"', after: 'echo "[$(stty -g)]"' });
    const [before] = await terminal.shows(/\[[0-9a-f:]+\]/);
    await ready(terminal);
    await terminal.type(leave);
    const [after] = await terminal.shows(/\[[0-9a-f:]+\]/);
    t.is(after, before);
    t.like(await terminal.process.exit, { exitCode });
  });
}

test.serial('a shell that is told to end gives the terminal its mode back', async (t) => {
  await using terminal = await open({ before: 'echo "[$(stty -g)]"', after: 'echo "[$(stty -g)]"' });
  const [before] = await terminal.shows(/\[[0-9a-f:]+\]/);
  await ready(terminal);
  const near = allProcesses().filter(
    ({ pid }) => commandLineOf(pid) === `${process.execPath} ${CLI} shell ${executor.url}`,
  );
  for (const { pid } of near) process.kill(pid, 'SIGTERM');
  const [after] = await terminal.shows(/\[[0-9a-f:]+\]/);
  t.is(after, before);
  t.like(await terminal.process.exit, { exitCode: 143 });
});

test.serial('what is left with ~. does not go on', async (t) => {
  await using terminal = await open();
  await ready(terminal);
  await terminal.type('echo "pid=$$"; exec sleep 60\r');
  const [, pid] = await terminal.shows(/[\r\n]pid=(\d+)/);
  await terminal.type('\r~.');
  t.like(await terminal.process.exit, { exitCode: 255 });
  t.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' });
});

test.serial('without a terminal it says what to do instead', async (t) => {
  const { code, stderr } = await farhand(['shell', executor.url], { input: 'exit\n' });
  const advice = "farhand shell needs a terminal; to run a script there: 'farhand run URL -- sh < SCRIPT'";
  t.deepEqual([code, stderr], [2, `farhand: ${advice}\n`]);
});
