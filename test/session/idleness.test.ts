import test, { type ExecutionContext } from 'ava';
import { Idleness } from '#src/session/idleness.js';

/** Timers that go off when the test says so. */
function timers(t: ExecutionContext) {
  const set = new Map<object, () => void>();
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    t.is(ms, 100);
    const handle = {};
    set.set(handle, run);
    return handle;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((handle: object) => set.delete(handle)) as typeof clearTimeout;
  t.teardown(() => Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear }));
  return set;
}

test.serial('the clock runs only while nothing is asked, nothing runs and somebody is connected', (t) => {
  const set = timers(t);
  let over = 0;
  const idleness = new Idleness(100, () => {
    over += 1;
  });
  const runs = () => set.size === 1;
  t.true(runs());
  idleness.requestBegan();
  t.false(runs());
  idleness.processes.began();
  idleness.requestDone();
  t.false(runs());
  idleness.processes.ended();
  t.true(runs());
  idleness.requestBegan();
  // Whose answer nobody will hear of.
  idleness.detached();
  t.false(runs());
  idleness.attached();
  t.true(runs());
  for (const run of set.values()) run();
  t.is(over, 1);
  idleness.requestBegan();
  idleness.requestDone();
  t.is(over, 1);
});

test.serial('a session that ends, and one without a limit, leave no timer', (t) => {
  const set = timers(t);
  const idleness = new Idleness(100, () => {});
  idleness.stop();
  idleness.processes.ended();
  new Idleness(Number.POSITIVE_INFINITY, () => {}).requestBegan();
  t.is(set.size, 0);
});
