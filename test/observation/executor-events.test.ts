/** An executor tells its observer what happens, when it happens. */
import { createHash } from 'node:crypto';
import test from 'ava';
import type { ExecutorEvent } from '#src/observation/executor-event.js';
import { WatchedExecutor } from './support/watched-executor.js';

const TRACE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: null };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Without the figures that are others each time. */
const withoutTimes = ({ ms, ...event }: ExecutorEvent & { readonly ms?: number }) => event;

test('a connection, its session and its requests are told in their order', async (t) => {
  await using watched = new WatchedExecutor();
  const link = await watched.connect();
  await link.ask('environment/status', {});
  const session = link.sessionId;
  link.connection.end('gone');
  const events = watched.events.filter(({ event }) => event !== 'workerReady' && event !== 'warning');
  t.deepEqual(events.map(withoutTimes), [
    { event: 'connectionOpened', connection: 1, peer: 'exec-server memory' },
    { event: 'sessionStarted', session, connection: 1 },
    {
      event: 'requestAnswered',
      ...{ connection: 1, session, method: 'initialize', outcome: 'ok', trace: null },
      bytesIn: JSON.stringify({
        ...{ id: 1, method: 'initialize', params: { clientName: 'test', resumeSessionId: null } },
      }).length,
      bytesOut: Buffer.byteLength(JSON.stringify(link.connection.sent[0])),
      ...{ argvDigest: undefined, policyDigest: undefined },
    },
    {
      event: 'requestAnswered',
      ...{ connection: 1, session, method: 'environment/status', outcome: 'ok', trace: null },
      bytesIn: '{"id":2,"method":"environment/status","params":{}}'.length,
      bytesOut: '{"id":2,"result":{"status":"ready"}}'.length,
      ...{ argvDigest: undefined, policyDigest: undefined },
    },
    { event: 'connectionClosed', connection: 1, session, reason: 'gone' },
    { event: 'sessionDetached', session },
  ]);
  for (const event of watched.events) if ('ms' in event) t.true(event.ms >= 0);
});

test('a session that is resumed, and one that ends', async (t) => {
  await using watched = new WatchedExecutor();
  const first = await watched.connect();
  first.connection.end('gone');
  const second = await watched.connect(first.sessionId);
  await watched.executor.close();
  t.is(second.sessionId, first.sessionId);
  t.deepEqual(watched.told('sessionResumed'), [{ event: 'sessionResumed', session: first.sessionId, connection: 2 }]);
  t.deepEqual(
    watched.told('sessionEnded').map(({ session, cause }) => [session, cause]),
    [[first.sessionId, { type: 'shutdown' }]],
  );
});

test('errors are told by their codes, and methods that nobody knows by no name', async (t) => {
  await using watched = new WatchedExecutor();
  const link = watched.dial();
  await link.ask('environment/status', {});
  await link.initialize();
  await link.ask('no/such/method', {});
  await link.ask('process/start', { processId: 7 });
  t.deepEqual(
    watched.told('requestAnswered').map(({ method, outcome, session }) => [method, outcome, session]),
    [
      ['environment/status', -32600, undefined],
      ['initialize', 'ok', link.sessionId],
      ['unknown', -32601, link.sessionId],
      ['process/start', -32602, link.sessionId],
    ],
  );
  t.deepEqual(watched.told('fault'), []);
});

test('a process that starts and ends, with the digest of what was asked for', async (t) => {
  await using watched = new WatchedExecutor();
  const link = await watched.connect();
  const argv = ['/bin/sh', '-c', 'exit 3'];
  const trace = TRACE;
  const params = { processId: 'p', argv, cwd: 'file:///', env: {}, tty: false };
  await link.ask('process/start', params, { trace });
  await watched.until(() => watched.told('processEnded').length > 0);
  const [started] = watched.told('processStarted');
  const { pid, ms, key, ...rest } = started!;
  t.deepEqual(rest, {
    ...{ event: 'processStarted', session: link.sessionId, process: 'p', sandboxed: false },
    trace,
  });
  t.true(pid! > 0 && ms >= 0);
  const [{ usage, ...ended }] = watched.told('processEnded') as [ReturnType<typeof watched.told<'processEnded'>>[0]];
  t.deepEqual(ended, {
    ...{ event: 'processEnded', key, session: link.sessionId, process: 'p', exitCode: 3 },
    cause: { type: 'exited' },
  });
  t.true(usage!.wallMs! >= 0);
  const [answered] = watched.told('requestAnswered').filter(({ method }) => method === 'process/start');
  t.like(answered, { outcome: 'ok', argvDigest: sha256(JSON.stringify(argv)), policyDigest: undefined, trace });
});

test('the digest of a policy does not depend on how the request spells it', async (t) => {
  await using watched = new WatchedExecutor();
  const link = await watched.connect();
  const level = { windowsSandboxLevel: 'disabled' };
  const sandbox = { permissions: { type: 'disabled' }, cwd: 'file:///', ...level };
  const reversed = { ...level, cwd: 'file:///', permissions: { type: 'disabled' } };
  await link.ask('fs/getMetadata', { path: 'file:///', sandbox });
  await link.ask('fs/getMetadata', { path: 'file:///', sandbox: reversed });
  await link.ask('fs/getMetadata', { path: 'file:///', sandbox: { ...sandbox, cwd: 'file:///tmp' } });
  const [one, two, other] = watched
    .told('requestAnswered')
    .filter(({ method }) => method === 'fs/getMetadata')
    .map(({ policyDigest }) => policyDigest);
  t.regex(one!, /^[0-9a-f]{64}$/);
  t.is(two, one);
  t.not(other, one);
});

test('processes that are killed are told with who wanted it', async (t) => {
  await using watched = new WatchedExecutor();
  const link = await watched.connect();
  await link.start('asked', ['/bin/sleep', '1000']);
  await link.start('left', ['/bin/sleep', '1000']);
  await link.ask('process/terminate', { processId: 'asked' });
  await watched.until(() => watched.told('processEnded').length > 0);
  await watched.executor.close();
  t.deepEqual(
    watched.told('processEnded').map(({ process, cause }) => [process, cause]),
    [
      ['asked', { type: 'terminated', by: 'request' }],
      ['left', { type: 'shutdown' }],
    ],
  );
});

test('a limit that is reached is told by its name, with the request that reached it and without', async (t) => {
  const limits = { connections: 1, sessionProcesses: 1, processSeconds: 0.05 };
  await using watched = new WatchedExecutor(undefined, limits);
  const link = await watched.connect();
  const session = link.sessionId;
  await link.start('p', ['/bin/sleep', '1000']);
  const { error } = await link.start('more', ['/bin/true']);
  t.deepEqual(error.data, { limit: 'max-session-processes' });
  await watched.until(() => watched.told('processEnded').length > 0);
  t.is(watched.executor.refuseConnection()?.message, 'too many connections to this executor (--max-connections 1)');
  link.connection.end('gone');
  t.is(watched.executor.refuseConnection(), undefined);
  const event = 'limitReached';
  t.deepEqual(
    watched.told(event).toSorted((one, other) => one.limit.localeCompare(other.limit)),
    [
      { event, limit: 'max-connections' },
      { event, limit: 'max-process-seconds', session },
      { event, limit: 'max-session-processes', connection: 1, session },
    ],
  );
  const refused = watched.told('requestAnswered').find(({ outcome }) => outcome === -32600);
  t.is(refused?.limit, 'max-session-processes');
  t.deepEqual(watched.told('processEnded')[0]?.cause, { type: 'deadline' });
});

test('workers are told by their numbers when they serve', async (t) => {
  await using watched = new WatchedExecutor();
  await watched.until(() => watched.told('workerReady').length > 0);
  const numbers = watched.told('workerReady').map(({ worker }) => worker);
  t.deepEqual([...new Set(numbers)], numbers);
  t.true(numbers.every((worker) => worker >= 1));
});
