/** What a newcomer types first. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { farhand } from './support/farhand.js';

const COMMANDS = ['serve', 'run', 'shell', 'cp', 'relay', 'demo', 'doctor'];
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

for (const args of [['--help'], ['-h'], ['help']]) {
  test.serial(`'farhand ${args[0]}' lists the commands`, async (t) => {
    const { code, stdout, stderr } = await farhand(args);
    t.deepEqual([code, stderr], [0, '']);
    for (const name of COMMANDS) t.regex(stdout.toString(), new RegExp(`^ {2}${name}\\b`, 'm'));
  });
}

for (const name of COMMANDS) {
  test.serial(`'farhand ${name} --help' explains it and does nothing`, async (t) => {
    const { code, stdout, stderr } = await farhand([name, '--help']);
    t.deepEqual([code, stderr], [0, '']);
    t.true(stdout.toString().startsWith(`Usage: farhand ${name}`));
    const widest = Math.max(
      ...stdout
        .toString()
        .split('\n')
        .map(({ length }) => length),
    );
    t.true(widest <= 120, `${widest} columns`);
    t.deepEqual((await farhand(['help', name])).stdout, stdout);
  });
}

test.serial('without a command the help is an error', async (t) => {
  const { code, stdout, stderr } = await farhand([]);
  t.deepEqual([code, stdout.toString()], [2, '']);
  t.true(stderr.startsWith('Farhand runs commands'));
});

for (const flag of ['--version', '-V']) {
  test.serial(`${flag} is that of the package`, async (t) => {
    t.is((await farhand([flag])).stdout.toString(), `farhand ${version}\n`);
  });
}

test.serial('the help of run explains every exit code that is not the command’s', async (t) => {
  const { stdout } = await farhand(['run', '--help']);
  for (const code of [2, 125, 126, 127, 255]) t.regex(stdout.toString(), new RegExp(`^ {2}${code} `, 'm'));
});

test.serial('the demo shows what it does and ends well', async (t) => {
  const { code, stdout, stderr } = await farhand(['demo']);
  t.deepEqual([code, stderr], [0, '']);
  for (const said of [
    'exit code 3',
    'stderr: to stderr',
    'apple, pear, quince',
    'hello far hand',
    '100 of 100 right',
    'It waits at the relay',
    'Executor and relay ended with codes 0 and 0.',
  ]) {
    t.true(stdout.toString().includes(said), said);
  }
});
