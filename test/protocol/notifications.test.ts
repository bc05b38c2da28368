import test from 'ava';
import { RpcError } from '#src/protocol/errors.js';
import { decodeNotification, isStreamNotification } from '#src/protocol/notifications.js';

test('output comes as bytes with its number', (t) => {
  t.deepEqual(
    decodeNotification('process/output', { processId: 'p', seq: 3, stream: 'pty', chunk: 'aGk=', more: 1 }) as unknown,
    { method: 'process/output', params: { processId: 'p', seq: 3, stream: 'pty', chunk: Buffer.from('hi') } },
  );
});

test('an exit without a word about the sandbox is told from one without a denial', (t) => {
  const exited = (more: object) =>
    decodeNotification('process/exited', { processId: 'p', seq: 1, exitCode: -1, ...more })?.params as unknown;
  t.deepEqual(exited({}), { processId: 'p', seq: 1, exitCode: -1, sandboxDenied: null });
  t.deepEqual(exited({ sandboxDenied: null }), { processId: 'p', seq: 1, exitCode: -1, sandboxDenied: null });
  t.deepEqual(exited({ sandboxDenied: false }), { processId: 'p', seq: 1, exitCode: -1, sandboxDenied: false });
});

test('the other notifications are known', (t) => {
  t.like(decodeNotification('process/closed', { processId: 'p', seq: 2 }), { method: 'process/closed' });
  t.like(decodeNotification('fs/missingChanged', { watchId: 2n ** 64n - 1n }), { params: { watchId: 2n ** 64n - 1n } });
  t.like(
    decodeNotification('http/request/bodyDelta', { requestId: 'r', seq: 1, deltaBase64: '', done: true, error: null }),
    { params: { done: true, error: null } },
  );
});

test('an unknown notification is nothing', (t) => {
  t.is(decodeNotification('process/renamed', {}), undefined);
  t.is(decodeNotification('toString', {}), undefined);
});

test('a known notification with bad params is an error', (t) => {
  t.throws(() => decodeNotification('process/closed', undefined), { instanceOf: RpcError });
  t.throws(() => decodeNotification('process/closed', { processId: 'p', seq: -1 }), {
    instanceOf: RpcError,
    message: 'invalid number',
  });
});

test('only pieces of streams may be long', (t) => {
  t.true(isStreamNotification('process/output'));
  t.true(isStreamNotification('http/request/bodyDelta'));
  t.false(isStreamNotification('network/policyDecision'));
});
