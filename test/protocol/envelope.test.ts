import test from 'ava';
import {
  decodeMessage,
  describeInvalidUtf8,
  encodeError,
  encodeMalformed,
  encodeNotification,
  encodeRequest,
  encodeResult,
  MalformedMessage,
} from '#src/protocol/envelope.js';
import { unknownProcess } from '#src/protocol/errors.js';

test('a message with a method and an id is a request', (t) => {
  t.deepEqual(decodeMessage('{"id":1,"method":"process/read","params":{"processId":"x"},"jsonrpc":"2.0","more":[]}'), {
    kind: 'request',
    id: 1,
    method: 'process/read',
    params: { processId: 'x' },
    trace: null,
  });
});

test('a request without params has none, which is told from null', (t) => {
  t.like(decodeMessage('{"id":"a","method":"m"}'), { kind: 'request', id: 'a', params: undefined });
  t.like(decodeMessage('{"id":"a","method":"m","params":null}'), { kind: 'request', params: null });
});

test('a message with a method and no id is a notification', (t) => {
  t.deepEqual(decodeMessage('{"method":"initialized"}'), {
    kind: 'notification',
    method: 'initialized',
    params: undefined,
  });
});

test('a result, also null, makes a response, whatever error stands beside it', (t) => {
  t.deepEqual(decodeMessage('{"id":7,"result":null}'), { kind: 'response', id: 7, result: null });
  t.like(decodeMessage('{"id":7,"error":5,"result":{}}'), { kind: 'response', result: {} });
});

test('an error comes with its code, text and data', (t) => {
  t.deepEqual(decodeMessage('{"error":{"code":-32600,"data":[1],"message":"no"},"id":-1}'), {
    kind: 'error',
    id: -1,
    error: { code: -32600, data: [1], message: 'no' },
  });
});

test('a trace is handed on', (t) => {
  t.like(decodeMessage('{"id":1,"method":"m","trace":{"traceparent":"00-a-b-01","tracestate":null}}'), {
    trace: { traceparent: '00-a-b-01', tracestate: null },
  });
});

test('ids of 64 bits and ids of any text come back as they were', (t) => {
  for (const id of [
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '-5',
    '0',
    '""',
    '"1"',
    '"\\n\\"é😀"',
  ]) {
    const incoming = decodeMessage(`{"id":${id},"method":"m"}`);
    t.is(incoming.kind === 'request' && encodeResult(incoming.id, '{}'), `{"id":${id},"result":{}}`);
  }
});

test('an id beyond 64 bits is malformed', (t) => {
  const detail = (id: string) =>
    t.throws(() => decodeMessage(`{"id":${id},"method":"m"}`), { instanceOf: MalformedMessage })?.detail;
  t.is(detail('9223372036854775808'), 'data did not match any variant of untagged enum RequestId');
  t.is(detail('-9223372036854775809'), 'invalid type: integer `-9223372036854775809` as i128, expected any value');
  t.is(detail('18446744073709551616'), 'invalid type: integer `18446744073709551616` as u128, expected any value');
});

test('a fault of the envelope is told before text behind it', (t) => {
  t.throws(() => decodeMessage('{"a":1} x'), { instanceOf: MalformedMessage, message: 'missing field `error`' });
  t.throws(() => decodeMessage('{"id":1,"result":1} x'), {
    instanceOf: MalformedMessage,
    message: 'trailing characters at line 1 column 21',
  });
});

test('bytes that are UTF-8 after all are a mistake of the caller', (t) => {
  t.throws(() => describeInvalidUtf8(Buffer.from('{"id":1,"method":"é"}')), { instanceOf: TypeError });
});

test('messages leave with their members in the order of the reference, and without jsonrpc', (t) => {
  t.is(
    encodeRequest(1, 'process/read', '{"processId":"p"}'),
    '{"id":1,"method":"process/read","params":{"processId":"p"}}',
  );
  t.is(encodeNotification('initialized', '{}'), '{"method":"initialized","params":{}}');
  t.is(
    encodeError('a', unknownProcess('é"')),
    '{"error":{"code":-32600,"message":"unknown process id é\\""},"id":"a"}',
  );
});

test('a malformed message is answered with id -1 and the name of the link', (t) => {
  t.is(
    encodeMalformed('exec-server websocket 127.0.0.1:5000', 'expected a JSON-RPC object'),
    '{"error":{"code":-32600,"message":"failed to parse websocket JSON-RPC message from exec-server websocket 127.0.0.1:5000: expected a JSON-RPC object"},"id":-1}',
  );
  t.is(
    encodeMalformed('exec-server stdio', 'x'),
    '{"error":{"code":-32600,"message":"failed to parse JSON-RPC message from exec-server stdio: x"},"id":-1}',
  );
});
