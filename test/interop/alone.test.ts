import test from 'ava';
import { alone } from './support/alone.js';
import { whyUnsupported } from './support/install.js';

const onLinux = whyUnsupported === undefined ? test : test.skip;

onLinux('work of one name never overlaps, and all of it gets its turn', async (t) => {
  let running = 0;
  let done = 0;
  const work = () =>
    alone(`farhand-test-turns-${process.pid}`, async () => {
      running += 1;
      t.is(running, 1);
      await new Promise(setImmediate);
      running -= 1;
      done += 1;
    });
  await Promise.all(Array.from({ length: 20 }, work));
  t.is(done, 20);
});

onLinux('work of another name does not wait', async (t) => {
  const result = await alone(`farhand-test-outer-${process.pid}`, () =>
    alone(`farhand-test-inner-${process.pid}`, async () => 'both held'),
  );
  t.is(result, 'both held');
});

onLinux('work that fails lets the next one in', async (t) => {
  const name = `farhand-test-failure-${process.pid}`;
  await t.throwsAsync(
    alone(name, async () => {
      throw new Error('no network');
    }),
    { message: 'no network' },
  );
  t.is(await alone(name, async () => 'in'), 'in');
});
