import { getEventListeners } from 'node:events';
import test from 'ava';
import type { SupervisorPool } from '#src/pool/supervisor-pool.js';
import { asSessionId } from '#src/protocol/ids.js';
import { Peer } from '#src/rpc/peer.js';
import { initializer } from '#src/session/handlers.js';
import { SessionTable } from '#src/session/session-table.js';
import { FakeConnection } from '#test/support/fake-connection.js';

/** No process is started here, so nothing is asked of the pool. */
const noPool = {} as SupervisorPool;

const strangers: [who: string, of: string | undefined, stranger: string | undefined][] = [
  ['one with another owner', 'key', 'other key'],
  ['one that has no owner', 'key', undefined],
  ['one with an owner, where the session has none,', undefined, 'key'],
  ['one with an empty owner, where the session has none,', undefined, ''],
];

for (const [who, owner, stranger] of strangers) {
  test(`for a connection of a stranger, ${who} there is no such session, attached or not`, async (t) => {
    const table = new SessionTable({ pool: noPool });
    const connection = new FakeConnection({ owner });
    const session = table.create(connection);
    const refused = { code: -32600, message: `unknown session id ${session.id}` } as object;
    await t.throwsAsync(table.resume(session.id, new FakeConnection({ owner: stranger })), refused);
    t.true(session.belongsTo(connection));
    t.deepEqual([connection.probes, connection.closeReason], [0, undefined]);
    session.lost(connection);
    await t.throwsAsync(table.resume(session.id, new FakeConnection({ owner: stranger })), refused);
    t.false(session.attached);
    // It is still there for whose it is.
    t.is(await table.resume(session.id, new FakeConnection({ owner })), session);
    table.close();
  });
}

test('nothing is kept for a stranger that was refused, and its end changes nothing', async (t) => {
  const table = new SessionTable({ pool: noPool });
  const connection = new FakeConnection({ owner: 'key' });
  const session = table.create(connection);
  session.lost(connection);
  const stranger = new FakeConnection({ owner: 'other key' });
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const refused = table.resume(session.id, stranger);
  t.is(timers(), before);
  t.is(getEventListeners(session.ended, 'abort').length, 0);
  await t.throwsAsync(refused);
  session.lost(stranger);
  t.false(session.attached);
  t.false(session.ended.aborted);
  table.close();
});

/** A peer on a connection, and what initialize{resumeSessionId} is answered. */
async function initialize(table: SessionTable, connection: FakeConnection, resumeSessionId?: string) {
  const peer = new Peer(connection, {
    handlers: () => ({ 'environment/status': () => '"ready"' }),
    initialize: initializer(table, '{}', async () => {}),
  });
  connection.open(peer);
  connection.say({ id: 1, method: 'initialize', params: { clientName: 'test', resumeSessionId } });
  await new Promise(setImmediate);
  connection.say({ method: 'initialized' }, { id: 2, method: 'environment/status' });
  await new Promise(setImmediate);
  return connection.messages;
}

test('the answer to a stranger is that to one who asks for a session that never was', async (t) => {
  const table = new SessionTable({ pool: noPool });
  const session = table.create(new FakeConnection({ owner: 'key' }));
  const never = asSessionId('00000000-0000-4000-8000-000000000000');
  const [real] = await initialize(table, new FakeConnection({ owner: 'other key' }), session.id);
  const [unknown] = await initialize(table, new FakeConnection({ owner: 'other key' }), never);
  t.is(JSON.stringify(real).replace(session.id, never), JSON.stringify(unknown));
  t.deepEqual(real.error, { code: -32600, message: `unknown session id ${session.id}` });
  table.close();
});

test('a peer that comes back over a new connection, while its old one looks alive, goes on there', async (t) => {
  const table = new SessionTable({ pool: noPool });
  const old = new FakeConnection({ owner: 'key' });
  const [{ result }] = await initialize(table, old);
  const next = new FakeConnection({ owner: 'key' });
  const answers = await initialize(table, next, result.sessionId);
  t.deepEqual(answers, [
    { id: 1, result: { sessionId: result.sessionId, environmentInfo: {} } },
    { id: 2, result: 'ready' },
  ]);
  t.truthy(old.closeReason);
  // What the old connection still asks for is refused, and its end is not that of the session.
  old.say({ id: 3, method: 'environment/status' });
  t.like(old.messages.at(-1), { id: 3, error: { message: 'session has been resumed by another connection' } });
  old.end();
  next.say({ id: 4, method: 'environment/status' });
  t.like(next.messages.at(-1), { id: 4, result: 'ready' });
  table.close();
});
