import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { withEither } from '#src/http/either-signal.js';

test('either aborts, with its reason', async (t) => {
  for (const first of [true, false]) {
    const [one, other] = [new AbortController(), new AbortController()];
    const aborted = withEither(one.signal, other.signal, async (signal) => {
      await once(signal, 'abort');
      return signal.reason;
    });
    (first ? one : other).abort('reason');
    t.is(await aborted, 'reason');
  }
});

test('what is aborted already is so from the beginning', async (t) => {
  const never = new AbortController().signal;
  t.true(await withEither(AbortSignal.abort(), never, async ({ aborted }) => aborted));
  t.true(await withEither(never, AbortSignal.abort(), async ({ aborted }) => aborted));
  t.false(await withEither(never, never, async ({ aborted }) => aborted));
});

test('a time limit outlives the garbage collector', async (t) => {
  const module = new URL('../../../dist/http/either-signal.js', import.meta.url).href;
  const program = `const { withEither } = await import('${module}');
    setInterval(gc, 10);
    setTimeout(() => process.exit(1), 10_000);
    await withEither(new AbortController().signal, AbortSignal.timeout(100), (signal) =>
      new Promise((resolve) => signal.addEventListener('abort', resolve)));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  t.is(code, 0);
});
