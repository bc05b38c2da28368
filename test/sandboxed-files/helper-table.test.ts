import test from 'ava';
import {
  SANDBOX_HELPER_AGE_MS,
  SANDBOX_HELPER_IDLE_MS,
  SANDBOX_HELPER_REQUESTS,
  SANDBOX_HELPERS,
  SANDBOX_HELPERS_AT_MOST,
} from '#src/protocol/limits.js';
import { HelperTable } from '#src/sandboxed-files/helper-table.js';

/** One that has done one request. */
function quiet(table: HelperTable, key: string, nowMs: number): number {
  const id = table.open(key, 'session', nowMs)!;
  table.begin(id);
  table.finish(id, nowMs);
  return id;
}

test('a helper serves its key and no other, until it is retired', (t) => {
  const table = new HelperTable();
  const id = table.open('key', 'session', 0)!;
  t.is(table.find('key'), id);
  t.is(table.find('other'), undefined);
  table.retire(id);
  t.is(table.find('key'), undefined);
  const next = table.open('key', 'session', 0)!;
  t.not(next, id);
  t.is(table.find('key'), next);
});

test('one that is retired ends when its requests are done and its files closed, and is told so once', (t) => {
  const table = new HelperTable();
  const id = table.open('key', 'session', 0)!;
  table.begin(id);
  table.hold(id);
  table.retire(id);
  t.deepEqual(table.settle(1), []);
  table.finish(id, 1);
  t.deepEqual(table.settle(1), []);
  t.false(table.someAreEnding);
  table.release(id, 2);
  t.deepEqual(table.settle(2), [id]);
  t.deepEqual(table.settle(2), []);
  t.true(table.someAreEnding);
  t.is(table.size, 1);
  table.gone(id);
  t.is(table.size, 0);
});

test('a quiet one ends after its idle time, at work or with an open file it does not', (t) => {
  const table = new HelperTable();
  const id = quiet(table, 'key', 1000);
  t.is(table.nextDueMs(), 1000 + SANDBOX_HELPER_IDLE_MS);
  t.deepEqual(table.settle(1000 + SANDBOX_HELPER_IDLE_MS - 1), []);
  t.deepEqual(table.settle(1000 + SANDBOX_HELPER_IDLE_MS), [id]);

  const busy = table.open('busy', 'session', 0)!;
  table.begin(busy);
  t.deepEqual(table.settle(SANDBOX_HELPER_IDLE_MS), []);
  t.is(table.nextDueMs(), SANDBOX_HELPER_AGE_MS);
});

test('an old one gets no new requests, and finishes what it has', (t) => {
  const table = new HelperTable();
  const id = table.open('key', 'session', 0)!;
  table.begin(id);
  t.deepEqual(table.settle(SANDBOX_HELPER_AGE_MS), []);
  t.is(table.find('key'), undefined);
  table.finish(id, SANDBOX_HELPER_AGE_MS);
  t.deepEqual(table.settle(SANDBOX_HELPER_AGE_MS), [id]);
});

test('open files keep an old one, also for new requests', (t) => {
  const table = new HelperTable();
  const id = quiet(table, 'key', 0);
  table.hold(id);
  t.is(table.nextDueMs(), undefined);
  t.deepEqual(table.settle(10 * SANDBOX_HELPER_AGE_MS), []);
  t.is(table.find('key'), id);
  table.release(id, 10 * SANDBOX_HELPER_AGE_MS);
  t.deepEqual(table.settle(10 * SANDBOX_HELPER_AGE_MS), [id]);
});

test('so many requests and no more', (t) => {
  const table = new HelperTable();
  const id = table.open('key', 'session', 0)!;
  for (let n = 1; n < SANDBOX_HELPER_REQUESTS; n++) {
    table.begin(id);
    table.finish(id, 0);
  }
  t.deepEqual(table.settle(0), []);
  table.begin(id);
  t.deepEqual(table.settle(0), []);
  t.is(table.find('key'), undefined);
});

test('one too many: the one that was quiet for longest goes, never one at work or with an open file', (t) => {
  const table = new HelperTable();
  const busy = table.open('busy', 'session', 0)!;
  table.begin(busy);
  const open = quiet(table, 'open', 0);
  table.hold(open);
  const [first, second] = [quiet(table, 'first', 1), quiet(table, 'second', 2)];
  for (let n = 4; n < SANDBOX_HELPERS; n++) quiet(table, `more ${n}`, 3);
  t.deepEqual(table.settle(3), []);
  table.begin(first);
  table.finish(first, 4);
  table.begin(table.open('new', 'session', 4)!);
  t.deepEqual(table.settle(4), [second]);
});

test('with all at work there may be more, up to a bound; they go when they are quiet', (t) => {
  const table = new HelperTable();
  const ids = Array.from({ length: SANDBOX_HELPERS_AT_MOST }, (_, n) => table.open(`${n}`, 'session', 0)!);
  for (const id of ids) table.begin(id);
  t.deepEqual(table.settle(0), []);
  t.is(table.open('more', 'session', 0), undefined);
  for (const id of ids) table.finish(id, id);
  t.deepEqual(table.settle(100), ids.slice(0, -SANDBOX_HELPERS));
  // Until they are gone they count.
  t.is(table.open('more', 'session', 0), undefined);
  table.gone(ids[0]!);
  t.not(table.open('more', 'session', 0), undefined);
});

test('helpers of a session are found in every phase', (t) => {
  const table = new HelperTable();
  const mine = [quiet(table, 'a', 0), quiet(table, 'b', 0)];
  table.open('a', 'another', 0);
  table.retire(mine[0]!);
  table.settle(0);
  t.deepEqual(table.of('session'), mine);
});

test('what is told of one that is gone changes nothing', (t) => {
  const table = new HelperTable();
  const id = quiet(table, 'key', 0);
  table.gone(id);
  table.begin(id);
  table.finish(id, 0);
  table.hold(id);
  table.release(id, 0);
  table.retire(id);
  t.deepEqual(table.settle(0), []);
  t.is(table.size, 0);
});
