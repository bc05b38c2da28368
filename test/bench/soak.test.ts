/** The soak runs, and says what it says in the form that it promises. Its figures are not judged. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

/** Part of the build, not of the package. This file runs as build/test/bench/soak.test.js. */
const MAIN = fileURLToPath(new URL('../../bench/soak/main.js', import.meta.url));

const soak = (...args: readonly string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

test('a short soak asks for everything, tells what it came to, and judges no growth', async (t) => {
  const { stdout, stderr } = await soak('--minutes', '0.07');
  t.is(stderr, '');
  t.is([...stdout.matchAll(/^minute .*: RSS \d+ MiB, \d+ descriptors, \d+ threads, \d+ zombies$/gm)].length, 10);
  t.regex(stdout, /^ {2}one-shot +[\d.]+ +[\d.]+ ms +[\d.]+ ms$/m);
  t.regex(stdout, /^RSS, MiB: -?[\d.]+ per hour, -?[\d.]+ in the second half: (flat|GROWS)$/m);
  t.regex(stdout, /^below 4 minutes growth is not judged$/m);
});

test('a time that makes no sense is said in one line', async (t) => {
  const { code, stderr } = (await t.throwsAsync(soak('--minutes', 'x'))) as { code?: number; stderr?: string };
  t.is(code, 1);
  t.is(stderr, 'Error: --minutes: expected a number above 0, got "x"\n');
});
