import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { decodeParams, decodeResult } from '#src/protocol/decode.js';
import { RpcError } from '#src/protocol/errors.js';
import { parseJson } from '#src/protocol/json.js';
import { QUOTED_CHARACTERS } from '#src/protocol/limits.js';
import type { Method } from '#src/protocol/methods.js';

const params = <M extends Method>(method: M, json: string) => decodeParams(method, parseJson(json));
const refused = (message: string) => ({ instanceOf: RpcError, message });

test('a start with the bare minimum has every other member at its default', (t) => {
  t.deepEqual(
    { ...params('process/start', '{"processId":"p","argv":["a"],"cwd":"file:///x/../y","env":{},"tty":false}') },
    {
      processId: 'p',
      metadata: null,
      argv: ['a'],
      cwd: 'file:///y',
      envPolicy: null,
      shellSnapshot: null,
      env: new Map(),
      tty: false,
      pipeStdin: false,
      arg0: null,
      sandbox: null,
      enforceManagedNetwork: false,
      managedNetwork: null,
      networkProxy: null,
    } as never,
  );
});

test('variables may be named like members of Object.prototype', (t) => {
  const { env } = params(
    'process/start',
    '{"processId":"p","argv":["a"],"cwd":"file:///","env":{"__proto__":"1","constructor":"2"},"tty":true}',
  );
  t.deepEqual(
    [...env],
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  );
});

test('a thread id comes in its canonical spelling', (t) => {
  const start = params(
    'process/start',
    '{"processId":"p","argv":["a"],"cwd":"file:///","env":{},"tty":true,"metadata":{"threadId":"{01A201EC-58B2-7761-AE68-225F01F6987B}"}}',
  );
  t.deepEqual(start.metadata, { threadId: '01a201ec-58b2-7761-ae68-225f01f6987b', toolCallId: null });
});

test('input comes as bytes', (t) => {
  t.deepEqual(params('process/write', '{"processId":"p","chunk":"aGk=","writeId":"1"}').chunk, Buffer.from('hi'));
});

test('integers are taken to the end of their range and not beyond', (t) => {
  const wait = (value: string) => params('process/read', `{"processId":"p","waitMs":${value}}`).waitMs;
  t.is(wait('0'), 0);
  t.is(wait('18446744073709551615'), Number.MAX_SAFE_INTEGER);
  for (const value of ['-1', '18446744073709551616', '1.0', '1e2'])
    t.throws(() => wait(value), refused('invalid number'));
});

test('offsets in files stay exact over 64 bits', (t) => {
  const { offset } = params('fs/readBlock', '{"handleId":"h","offset":18446744073709551615,"len":1}');
  t.is(offset, 2n ** 64n - 1n);
});

test('of several bad members the first received is told, then the first missing as declared', (t) => {
  t.throws(() => params('process/start', '{"tty":5,"argv":6}'), refused('invalid type: number, expected a boolean'));
  t.throws(() => params('process/start', '{"argv":6,"tty":5}'), refused('invalid type: number, expected a sequence'));
  t.throws(() => params('process/start', '{"cwd":"file:///","tty":true}'), refused('missing field `processId`'));
});

test('the same holds inside a member', (t) => {
  const policy = (json: string) => () => params('process/start', `{"envPolicy":${json}}`);
  t.throws(policy('{"set":{"a":1},"inherit":"x"}'), refused('invalid type: number, expected a string'));
  t.throws(
    policy('{"inherit":"x","set":{"a":1}}'),
    refused('unknown variant `x`, expected one of `core`, `all`, `none`'),
  );
  t.throws(policy('{"set":{}}'), refused('missing field `inherit`'));
});

test('params may be a list in the order of the fields', (t) => {
  t.deepEqual({ ...params('process/terminate', '["nobody"]') }, { processId: 'nobody' as never });
  t.deepEqual({ ...params('initialize', '["me"]') }, { clientName: 'me', resumeSessionId: null });
  t.throws(
    () => params('process/read', '["p"]'),
    refused('invalid length 1, expected struct ReadParams with 4 elements'),
  );
  t.throws(
    () => params('process/terminate', '["a","b"]'),
    refused('invalid length 2, expected fewer elements in array'),
  );
});

test('a method without params takes none, null or an empty object', (t) => {
  for (const none of [undefined, null, {}]) t.is(decodeParams('environment/status', none), null);
  t.throws(() => decodeParams('environment/status', []), refused('invalid type: sequence, expected unit'));
});

test('missing params are null params', (t) => {
  t.throws(() => decodeParams('process/read', undefined), refused('invalid type: null, expected struct ReadParams'));
});

test('a string is quoted with what cannot be seen written out', (t) => {
  t.throws(
    () => decodeParams('process/read', 'a "b"\\\n\u0007\u00a0é\u0301😀'),
    refused('invalid type: string "a \\"b\\"\\\\\\n\\u{7}\\u{a0}é\\u{301}😀", expected struct ReadParams'),
  );
});

test('a text of megabytes is quoted only in part', (t) => {
  const quote = (length: number) =>
    t.throws(() => decodeParams('process/read', 'x'.repeat(length)), { instanceOf: RpcError })?.message;
  const text = (quoted: string) => `invalid type: string "${quoted}", expected struct ReadParams`;
  t.is(quote(QUOTED_CHARACTERS), text('x'.repeat(QUOTED_CHARACTERS)));
  t.is(quote(QUOTED_CHARACTERS + 1), text(`${'x'.repeat(QUOTED_CHARACTERS)}…`));
  t.is(quote(10_000_000), text(`${'x'.repeat(QUOTED_CHARACTERS)}…`));
  t.is(
    t.throws(() => decodeParams('process/signal', { signal: 'x'.repeat(10_000_000) }), { instanceOf: RpcError })
      ?.message,
    `unknown variant \`${'x'.repeat(QUOTED_CHARACTERS)}…\`, expected \`interrupt\``,
  );
});

test('a text that is quoted is not cut within a character', (t) => {
  const quote = (value: string) =>
    t.throws(() => params('process/signal', JSON.stringify({ processId: 'p', signal: value })))?.message;
  const text = (value: string) => `unknown variant \`${value}…\`, expected \`interrupt\``;
  const before = 'x'.repeat(QUOTED_CHARACTERS - 2);
  t.is(quote(`${before}😀x`), text(`${before}😀`));
  t.is(quote(`${before}x😀`), text(`${before}x`));
});

test('results of older servers are taken without what they do not know', (t) => {
  t.is(decodeResult('initialize', {}).sessionId, null);
  t.is(decodeResult('process/start', { processId: 'p' }).sandboxType, null);
  t.is(decodeResult('process/start', { processId: 'p', sandboxType: 'something new' }).sandboxType, null);
  const read = decodeResult('process/read', { chunks: [], nextSeq: 1, exited: true, exitCode: 0, closed: true });
  t.is(read.sandboxDenied, null);
  t.is(read.failure, null);
});

test('an environment that tells of its shell only has no capabilities', (t) => {
  const info = decodeResult('environment/info', { shell: { name: 'sh', path: '/bin/sh' } });
  t.deepEqual(info.prependPathDirs, []);
  t.true(Object.values(info.capabilities).every((capability) => !capability));
  t.true(Object.keys(info.capabilities).includes('fsWatchMissing'));
});

test('a result that is not what it should be is refused', (t) => {
  t.throws(() => decodeResult('process/terminate', {}), refused('missing field `running`'));
});

test('ids that are kept do not keep their messages', (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const messageBytes = 1_000_000;
  const kept: string[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 50; i++) {
    const chunk = 'A'.repeat(messageBytes);
    const { writeId } = params(
      'process/write',
      `{"writeId":"a write id of some length ${i}","processId":"p","chunk":"${chunk}"}`,
    );
    kept.push(writeId);
  }
  collect();
  t.true(process.memoryUsage().heapUsed - before < 25 * messageBytes);
  t.is(kept[49], 'a write id of some length 49');
});
