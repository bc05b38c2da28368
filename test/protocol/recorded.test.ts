import { readFileSync } from 'node:fs';
import test from 'ava';
import { decodeParams } from '#src/protocol/decode.js';
import { decodeMessage, describeInvalidUtf8, MalformedMessage } from '#src/protocol/envelope.js';
import { RpcError } from '#src/protocol/errors.js';
import { parseJson } from '#src/protocol/json.js';
import { METHODS, type Method } from '#src/protocol/methods.js';

/**
 * What release 0.169.0 answered when it was asked, message by message. Left out: lists in place of a sandbox (refused here, see
 * sandbox.ts), integers beyond 64 bits inside a sandbox, and the members of a proxy that is not offered.
 */
const recorded = <Row>(name: string): Row[] =>
  JSON.parse(readFileSync(new URL(`../../../test/protocol/recorded/${name}.json`, import.meta.url), 'utf8')) as Row[];

test('a malformed message is described in the words of the reference', (t) => {
  const rows = recorded<{ message: string; detail: string }>('malformed');
  for (const { message, detail } of rows) {
    const error = t.throws(() => decodeMessage(message), { instanceOf: MalformedMessage }, message);
    t.is(error?.detail, detail, message);
  }
});

test('a message that is not UTF-8 is described in the words of the reference', (t) => {
  for (const { hex, detail } of recorded<{ hex: string; detail: string }>('not-utf8')) {
    t.is(describeInvalidUtf8(Buffer.from(hex, 'hex')), detail, hex);
  }
});

test('bytes are described as they lie in a larger buffer', (t) => {
  const frame = Buffer.concat([Buffer.from('xx'), Buffer.from('7b226964223a312c226d6574686f64223a22ff227d', 'hex')]);
  t.is(describeInvalidUtf8(frame.subarray(2)), 'invalid unicode code point at line 1 column 20');
});

test('params are taken or refused as the reference does, and in its words', (t) => {
  for (const { method, params, error } of recorded<{ method: Method; params: string; error: string | null }>(
    'params',
  )) {
    const decode = () => decodeParams(method, parseJson(params));
    if (error === null) t.notThrows(decode, params);
    else t.deepEqual(answer(decode), { code: -32602, message: error }, `${method} ${params}`);
  }
});

test('every method has a refusal on record', (t) => {
  const refused = new Set(
    recorded<{ method: string; error: string | null }>('params').map(({ method, error }) => error && method),
  );
  t.deepEqual(
    Object.keys(METHODS).filter((method) => !refused.has(method)),
    [],
  );
});

function answer(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RpcError) return { code: error.code, message: error.message };
    throw error;
  }
}
