import test, { type ExecutionContext } from 'ava';
import type { ProcessTable } from '#src/process/process-table.js';
import { asSessionId } from '#src/protocol/ids.js';
import { DETACHED_SESSION_RETENTION_MS } from '#src/protocol/limits.js';
import type { EndCause } from '#src/protocol/process-end.js';
import { Session } from '#src/session/session.js';
import { FakeConnection } from '#test/support/fake-connection.js';

/** A session whose processes only write down what is asked of them, and whose one timer goes off when the test says so. */
function observed(t: ExecutionContext, owner?: string) {
  const asked: string[] = [];
  const faults: { watch?: Error } = {};
  const processes = {
    watch: async (watched: boolean) => {
      asked.push(`watch ${watched}`);
      if (faults.watch) throw faults.watch;
    },
    end: (cause: EndCause) => void asked.push(`end ${JSON.stringify(cause)}`),
  } as unknown as ProcessTable;
  const timers: { readonly run: () => void; readonly ms: number; readonly handle: NodeJS.Timeout }[] = [];
  const cleared = new Set<unknown>();
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    const handle = {} as NodeJS.Timeout;
    timers.push({ run, ms, handle });
    return handle;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((handle: unknown) => cleared.add(handle)) as typeof clearTimeout;
  t.teardown(() => Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear }));
  const connection = new FakeConnection({ owner });
  const session = new Session({
    id: asSessionId('s'),
    connection,
    processes: () => processes,
    ended: () => asked.push('ended'),
  });
  return { session, connection, asked, timers, cleared, faults };
}

test.serial('a session that nobody resumes ends, with its processes, when its time is over', (t) => {
  const { session, connection, asked, timers } = observed(t);
  session.lost(connection);
  t.false(session.attached);
  t.deepEqual(
    timers.map(({ ms }) => ms),
    [DETACHED_SESSION_RETENTION_MS],
  );
  t.deepEqual(asked, ['watch false']);
  timers[0]!.run();
  t.deepEqual(asked, ['watch false', 'end {"type":"terminated","by":"sessionEnd"}', 'ended']);
});

test.serial('a resumed session has all the time again', async (t) => {
  const { session, connection, asked, timers, cleared } = observed(t);
  session.lost(connection);
  const next = new FakeConnection();
  await session.resume(next);
  t.true(cleared.has(timers[0]!.handle));
  t.true(session.belongsTo(next));
  t.deepEqual(asked, ['watch false', 'watch true']);
  session.lost(next);
  t.is(timers.length, 2);
});

test.serial('notifications go to whoever is attached, and are dropped as sent when nobody is', async (t) => {
  const { session, connection } = observed(t);
  let sent = 0;
  const count = () => {
    sent += 1;
  };
  session.send('one', count);
  session.lost(connection);
  session.send('two', count);
  const next = new FakeConnection();
  await session.resume(next);
  session.send('three', count);
  t.deepEqual([connection.sent, next.sent, sent], [['one'], ['three'], 3]);
});

test.serial('a silent connection is closed for the next one, one that answers is not', async (t) => {
  const { session, connection } = observed(t);
  const next = new FakeConnection();
  await t.throwsAsync(session.resume(next), { code: -32010 } as object);
  t.is(connection.closeReason, undefined);
  connection.alive = Promise.resolve(false);
  await session.resume(next);
  t.truthy(connection.closeReason);
  t.true(session.belongsTo(next));
  // Its end is told later, and takes nothing from the new owner.
  session.lost(connection);
  t.true(session.belongsTo(next));
});

test.serial('a connection of the same owner has the session at once, and the old one is closed unasked', async (t) => {
  const { session, connection, asked, timers } = observed(t, 'key');
  const next = new FakeConnection({ owner: 'key' });
  await session.resume(next);
  t.is(connection.closeReason, 'its session was resumed by another connection');
  t.is(connection.probes, 0);
  t.deepEqual(asked, ['watch false', 'watch true']);
  t.false(session.belongsTo(connection));
  t.true(session.belongsTo(next));
  session.lost(connection);
  t.true(session.belongsTo(next));
  t.is(timers.length, 0);
});

test.serial(
  'of two connections of the same owner at once the later has the session, and both are answered',
  async (t) => {
    const { session, connection } = observed(t, 'key');
    const [earlier, later] = [new FakeConnection({ owner: 'key' }), new FakeConnection({ owner: 'key' })];
    await Promise.all([session.resume(earlier), session.resume(later)]);
    t.deepEqual(
      [connection, earlier, later].map(({ closeReason }) => closeReason === undefined),
      [false, false, true],
    );
    t.true(session.belongsTo(later));
    session.send('pushed');
    t.deepEqual([connection.sent, earlier.sent, later.sent], [[], [], ['pushed']]);
  },
);

test.serial('whoever waits for a session that ends is told that there is none', async (t) => {
  const { session, connection } = observed(t);
  connection.alive = new Promise(() => {});
  const resumed = session.resume(new FakeConnection());
  session.end({ type: 'shutdown' });
  await t.throwsAsync(resumed, { code: -32600, message: 'unknown session id s' } as object);
});

test.serial('a resume that fails behind its acceptance leaves the session to the next one', async (t) => {
  const { session, connection, timers, faults } = observed(t);
  session.lost(connection);
  const failing = new FakeConnection();
  faults.watch = new Error('no worker');
  await t.throwsAsync(session.resume(failing), { message: 'no worker' });
  t.false(session.attached);
  t.is(timers.length, 2);
  delete faults.watch;
  const next = new FakeConnection();
  await session.resume(next);
  t.true(session.belongsTo(next));
});
