/** The timers of a session, with a clock that the tests turn. Serial, since that clock is everyone's. */

import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { type ClientState, Session } from '#src/client/session.js';
import type { DialOptions, Redial, Target } from '#src/client/target.js';
import { FinalDialError } from '#src/transport/dial-error.js';
import { MemoryConnection } from '#test/support/memory-connection.js';

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.afterEach.always(() => mock.timers.reset());

const RECOVERY_MS = 45_000;
const RECOVERY_RETRY_MS = 100;
const EVERY_100_MS: Redial = { deadlineMs: RECOVERY_MS, delayMs: () => RECOVERY_RETRY_MS };

const INITIALIZED = { sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' } } };

/** An executor in memory that answers `initialize`, until it is made unreachable or silent. */
function openSession(redial = EVERY_100_MS) {
  const connections: MemoryConnection[] = [];
  const states: ClientState[] = [];
  const failures: Error[] = [];
  let mood: 'well' | 'unreachable' | 'unfit' | 'silent' = 'well';
  const dials: boolean[] = [];
  let closed = 0;
  const target: Target = {
    name: 'memory',
    redial,
    async dial(accept, { resuming }: DialOptions) {
      dials.push(resuming);
      if (mood === 'unreachable') throw new Error('no route');
      if (mood === 'unfit') throw new FinalDialError('another executor');
      const connection = new MemoryConnection(accept, ({ id, method }) => {
        if (method === 'initialize' && mood === 'well') connection.deliver({ id, result: INITIALIZED });
      });
      connections.push(connection);
      return connection;
    },
    async close() {
      closed += 1;
    },
  };
  const session = new Session(target, {
    notified() {},
    async catchUp() {},
    failed: (error) => failures.push(error),
    changed: (state) => states.push(state),
  });
  return {
    session,
    states,
    failures,
    cut: () => connections.at(-1)!.end('cut'),
    become: (next: typeof mood) => {
      mood = next;
    },
    /** Whether each dial was to resume a session. */
    dials,
    get closed() {
      return closed;
    },
  };
}

test.serial('attempts to resume follow each other every 100 ms', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('unreachable');
  it.cut();
  await nextTurn();
  t.is(it.dials.length, 2);
  mock.timers.tick(RECOVERY_RETRY_MS - 1);
  await nextTurn();
  t.is(it.dials.length, 2);
  mock.timers.tick(1);
  await nextTurn();
  t.is(it.dials.length, 3);
  it.become('well');
  mock.timers.tick(RECOVERY_RETRY_MS);
  await it.session.ready();
  t.deepEqual(it.states, ['connecting', 'connected', 'recovering', 'connected']);
  await it.session.close();
});

test.serial('the target says how long attempts wait for each other, by how many have failed', async (t) => {
  const it = openSession({ deadlineMs: 75_000, delayMs: (failed) => failed * 1_000 });
  await it.session.ready();
  it.become('unreachable');
  it.cut();
  for (const [failed, dials] of [
    [1, 2],
    [2, 3],
    [3, 4],
  ] as const) {
    await nextTurn();
    t.is(it.dials.length, dials);
    mock.timers.tick(failed * 1_000 - 1);
    await nextTurn();
    t.is(it.dials.length, dials);
    mock.timers.tick(1);
  }
  await nextTurn();
  t.deepEqual(it.dials, [false, true, true, true, true]);
  await it.session.close();
});

test.serial('a dial that must not be repeated ends the recovery at once', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('unfit');
  it.cut();
  await t.throwsAsync(it.session.ready(), {
    code: 'SESSION_LOST',
    message:
      'exec-server transport disconnected: cut; failed to resume exec-server session: cannot connect to memory: another executor',
  });
  t.deepEqual(it.dials, [false, true]);
  t.is(it.failures.length, 1);
  it.become('well');
  await it.session.ready();
  t.deepEqual(it.dials, [false, true, false], 'a fresh session resumes nothing');
  await it.session.close();
});

test.serial('closing closes the target when no attempt is under way any more', async (t) => {
  const it = openSession();
  it.become('silent');
  const waiting = it.session.ready();
  await nextTurn();
  t.is(it.closed, 0);
  await it.session.close();
  await t.throwsAsync(waiting, { code: 'CLIENT_CLOSED' });
  t.is(it.closed, 1);
});

test.serial('a session that cannot be resumed is given up after 45 s, and whoever waits is told', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('unreachable');
  it.cut();
  const waiting = it.session.ready();
  await nextTurn();
  mock.timers.tick(RECOVERY_MS);
  await t.throwsAsync(waiting, {
    code: 'SESSION_LOST',
    message:
      'exec-server transport disconnected: cut; failed to resume exec-server session: recovery timed out after 45s',
  });
  t.is(it.failures.length, 1);
  t.is(it.session.state, 'failed');
  const dials = it.dials.length;
  mock.timers.tick(RECOVERY_MS);
  await nextTurn();
  t.is(it.dials.length, dials, 'no attempt is made any more');
});

test.serial('an executor that does not answer is tried again, and cut off at the deadline', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('silent');
  it.cut();
  const waiting = it.session.ready();
  await nextTurn();
  // The first attempt times out after 10 s, the next one after 10 s more.
  for (let elapsed = 0; elapsed < RECOVERY_MS; elapsed += RECOVERY_RETRY_MS) {
    mock.timers.tick(RECOVERY_RETRY_MS);
    await nextTurn();
  }
  await t.throwsAsync(waiting, { code: 'SESSION_LOST', message: /recovery timed out after 45s/ });
  t.is(it.dials.length, 1 + 5);
});

test.serial('closing while recovering stops everything', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('unreachable');
  it.cut();
  const waiting = it.session.ready();
  await nextTurn();
  await it.session.close();
  await t.throwsAsync(waiting, { code: 'CLIENT_CLOSED' });
  const dials = it.dials.length;
  mock.timers.tick(RECOVERY_MS);
  await nextTurn();
  t.is(it.dials.length, dials);
  t.is(it.closed, 1);
  t.is(it.session.state, 'closed');
  t.deepEqual(it.failures, []);
});

test.serial('a wait for the executor can be given up', async (t) => {
  const it = openSession();
  it.become('silent');
  const abort = new AbortController();
  const waiting = it.session.ready({ signal: abort.signal });
  abort.abort();
  await t.throwsAsync(waiting, { code: 'ABORTED' });
  await it.session.close();
});

test.serial('what belongs to a lost session never opens a fresh one', async (t) => {
  const it = openSession();
  await t.throwsAsync(it.session.ready({ sameSession: true }), { code: 'SESSION_LOST' });
  t.deepEqual(it.dials, []);
});
