/** The timers of a session, with a clock that the tests turn. Serial, since that clock is everyone's. */

import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { type ClientState, Session, type Target } from '#src/client/session.js';
import { RECOVERY_MS, RECOVERY_RETRY_MS } from '#src/protocol/limits.js';
import { MemoryConnection } from '#test/support/memory-connection.js';

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.afterEach.always(() => mock.timers.reset());

const INITIALIZED = { sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' } } };

/** An executor in memory that answers `initialize`, until it is made unreachable or silent. */
function openSession() {
  const connections: MemoryConnection[] = [];
  const states: ClientState[] = [];
  const failures: Error[] = [];
  let mood: 'well' | 'unreachable' | 'silent' = 'well';
  let dials = 0;
  const target: Target = {
    name: 'memory',
    redialable: true,
    async dial(accept) {
      dials += 1;
      if (mood === 'unreachable') throw new Error('no route');
      const connection = new MemoryConnection(accept, ({ id, method }) => {
        if (method === 'initialize' && mood === 'well') connection.deliver({ id, result: INITIALIZED });
      });
      connections.push(connection);
      return connection;
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
    get dials() {
      return dials;
    },
  };
}

test.serial('attempts to resume follow each other every 100 ms', async (t) => {
  const it = openSession();
  await it.session.ready();
  it.become('unreachable');
  it.cut();
  await nextTurn();
  t.is(it.dials, 2);
  mock.timers.tick(RECOVERY_RETRY_MS - 1);
  await nextTurn();
  t.is(it.dials, 2);
  mock.timers.tick(1);
  await nextTurn();
  t.is(it.dials, 3);
  it.become('well');
  mock.timers.tick(RECOVERY_RETRY_MS);
  await it.session.ready();
  t.deepEqual(it.states, ['connecting', 'connected', 'recovering', 'connected']);
  await it.session.close();
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
  const dials = it.dials;
  mock.timers.tick(RECOVERY_MS);
  await nextTurn();
  t.is(it.dials, dials, 'no attempt is made any more');
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
  t.is(it.dials, 1 + 5);
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
  const dials = it.dials;
  mock.timers.tick(RECOVERY_MS);
  await nextTurn();
  t.is(it.dials, dials);
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
  t.is(it.dials, 0);
});
