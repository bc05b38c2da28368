import { getEventListeners } from 'node:events';
import test from 'ava';
import { Link, type LinkEvents } from '#src/client/link.js';
import { PENDING_CALLS } from '#src/protocol/limits.js';
import type { Notification } from '#src/protocol/notifications.js';
import { MemoryConnection } from '#test/support/memory-connection.js';

function openLink() {
  const lost: string[] = [];
  const notified: Notification[] = [];
  const events: LinkEvents = {
    notified: (_, notification) => notified.push(notification),
    lost: (_, reason) => lost.push(reason),
  };
  let link: Link | undefined;
  const connection = new MemoryConnection((opened) => {
    link = new Link(opened, events);
    return link;
  });
  return { link: link!, connection, lost, notified };
}

test('answers find their calls in any order', async (t) => {
  const { link, connection } = openLink();
  const [first, second] = [
    link.call('process/terminate', { processId: 'a' }),
    link.call('process/terminate', { processId: 'b' }),
  ];
  t.deepEqual(connection.sent, [
    { id: 1, method: 'process/terminate', params: { processId: 'a' } },
    { id: 2, method: 'process/terminate', params: { processId: 'b' } },
  ]);
  connection.deliver({ id: 2, result: { running: false } });
  connection.deliver({ id: 1, result: { running: true } });
  t.true((await first).running);
  t.false((await second).running);
});

test('an answer that is an error rejects with its code and text', async (t) => {
  const { link, connection } = openLink();
  const call = link.call('environment/status', null);
  connection.deliver({ error: { code: -32600, message: 'no' }, id: 1 });
  await t.throwsAsync(call, { code: 'REFUSED', message: 'exec-server rejected request (-32600): no' });
});

test('an answer that names a limit rejects with that name; whatever else is said besides the text changes nothing', async (t) => {
  const { link, connection } = openLink();
  const answers: [data: unknown, code: string, limit: string | undefined][] = [
    [{ limit: 'max-processes' }, 'LIMIT_REACHED', 'max-processes'],
    [{ limit: 5 }, 'REFUSED', undefined],
    [['limit'], 'REFUSED', undefined],
    [null, 'REFUSED', undefined],
  ];
  for (const [index, [data, code, limit]] of answers.entries()) {
    const call = link.call('environment/status', null);
    connection.deliver({ error: { code: -32600, data, message: 'no' }, id: index + 1 });
    t.like(await t.throwsAsync(call), { code, limit, rpcCode: -32600, rpcMessage: 'no' });
  }
});

test('an answer of the wrong shape fails its call and nothing else', async (t) => {
  const { link, connection, lost } = openLink();
  const call = link.call('environment/status', null);
  connection.deliver({ id: 1, result: { status: 5 } });
  await t.throwsAsync(call, { code: 'BAD_ANSWER', message: /environment\/status/ });
  t.deepEqual(lost, []);
});

test('an aborted call stops waiting, its late answer is ignored and its signal is left alone', async (t) => {
  const { link, connection } = openLink();
  const abort = new AbortController();
  const call = link.call('environment/status', null, { signal: abort.signal });
  abort.abort();
  await t.throwsAsync(call, { code: 'ABORTED' });
  t.is(getEventListeners(abort.signal, 'abort').length, 0);
  connection.deliver({ id: 1, result: { status: 'ready' } });
  t.true(link.isOpen);
  await t.throwsAsync(link.call('environment/status', null, { signal: abort.signal }), { code: 'ABORTED' });
  t.is(connection.sent.length, 1);
});

test('an answered call leaves no listener on its signal', async (t) => {
  const { link, connection } = openLink();
  const { signal } = new AbortController();
  const call = link.call('environment/status', null, { signal });
  connection.deliver({ id: 1, result: { status: 'ready' } });
  await call;
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('a call that is not answered in time gives up', async (t) => {
  const { link } = openLink();
  await t.throwsAsync(link.call('environment/status', null, { timeoutMs: 1 }), {
    code: 'TIMED_OUT',
    name: 'TimeoutError',
  });
});

test('the end of the connection fails every call, before it is told', async (t) => {
  const { link, connection, lost } = openLink();
  const calls = [link.call('environment/status', null), link.call('environment/status', null)];
  connection.end('cable cut');
  for (const call of calls) {
    await t.throwsAsync(call, { code: 'DISCONNECTED', message: 'exec-server transport disconnected: cable cut' });
  }
  await t.throwsAsync(link.call('environment/status', null), { code: 'DISCONNECTED' });
  t.deepEqual(lost, ['cable cut']);
});

test('1024 calls may wait, a further one is refused at once, and a clean-up call still goes through', async (t) => {
  const { link, connection } = openLink();
  const waiting = Array.from({ length: PENDING_CALLS }, () => link.call('environment/status', null));
  for (const call of waiting) call.catch(() => {});
  await t.throwsAsync(link.call('environment/status', null), {
    code: 'TOO_MANY_CALLS',
    message: 'exec-server has reached its limit of 1024 pending requests',
  });
  const cleanUp = link.call('process/terminate', { processId: 'p' }, { kind: 'cleanUp' });
  connection.deliver({ id: PENDING_CALLS + 1, result: { running: true } });
  t.true((await cleanUp).running);
  t.true(link.isOpen);
});

test('clean-up calls that find no place end the connection', async (t) => {
  const { link, lost } = openLink();
  const waiting = Array.from({ length: PENDING_CALLS }, () => link.call('environment/status', null));
  const cleanUps = [1, 2].map(() => link.call('process/terminate', { processId: 'p' }, { kind: 'cleanUp' }));
  const outcomes = await Promise.allSettled([...waiting, ...cleanUps]);
  t.true(outcomes.every(({ status }) => status === 'rejected'));
  t.is(lost.length, 1);
});

test('a known notification is passed on, decoded', (t) => {
  const { connection, notified } = openLink();
  connection.deliver({
    method: 'process/output',
    params: { processId: 'p', seq: 1, stream: 'stdout', chunk: 'aGk=' },
  });
  t.is(notified.length, 1);
  t.like(notified[0], { method: 'process/output', params: { processId: 'p', seq: 1, chunk: Buffer.from('hi') } });
});

test('nothing is taken after the link was closed', async (t) => {
  const { link, connection, notified } = openLink();
  const closed = link.close('enough');
  connection.deliver({ method: 'process/closed', params: { processId: 'p', seq: 1 } });
  await closed;
  t.deepEqual(notified, []);
});

for (const [what, message, reason] of [
  ['no JSON', '{"secret', 'the executor sent a message that is no JSON-RPC'],
  ['JSON, and no message', '{"jsonrpc":"2.0","id":{"secret":1}}', 'the executor sent a message that is no JSON-RPC'],
  [
    'a notification of the wrong shape',
    '{"method":"process/output","params":{"processId":"p","seq":"secret"}}',
    'the executor sent a process/output of the wrong shape',
  ],
] as const) {
  test(`${what} ends the link with a reason that repeats nothing of it`, async (t) => {
    const { link, connection, lost } = openLink();
    const call = link.call('environment/status', null);
    connection.deliver(message);
    await t.throwsAsync(call, { code: 'DISCONNECTED' });
    t.deepEqual(lost, [reason]);
  });
}
