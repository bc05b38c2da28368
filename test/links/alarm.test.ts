import { mock } from 'node:test';
import test from 'ava';
import { Alarm } from '#src/links/alarm.js';

/** Time is the test's, for timers and the clock alike. */
test.before(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.after(() => mock.timers.reset());

function alarmed() {
  let now = 0;
  const rings: number[] = [];
  const alarm = new Alarm(
    () => now,
    () => rings.push(now),
  );
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= 1) {
      now += 1;
      mock.timers.tick(1);
    }
  };
  return { alarm, rings, pass };
}

test.serial('it rings once, at its deadline', (t) => {
  const { alarm, rings, pass } = alarmed();
  alarm.set(10);
  pass(9);
  t.deepEqual(rings, []);
  pass(30);
  t.deepEqual(rings, [10]);
});

test.serial('a deadline that moves is the one that counts, also one that goes away', (t) => {
  const { alarm, rings, pass } = alarmed();
  alarm.set(10);
  alarm.set(20);
  alarm.set(5);
  pass(5);
  t.deepEqual(rings, [5]);
  alarm.set(10);
  pass(2);
  alarm.set(40);
  pass(20);
  t.deepEqual(rings, [5]);
  alarm.set(undefined);
  pass(50);
  t.deepEqual(rings, [5]);
  alarm.set(100);
  alarm.stop();
  pass(100);
  t.deepEqual(rings, [5]);
});

test.serial('a deadline in the past rings at once', (t) => {
  const { alarm, rings, pass } = alarmed();
  pass(10);
  alarm.set(3);
  pass(1);
  t.deepEqual(rings, [11]);
});
