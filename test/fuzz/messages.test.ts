/** Whatever is in a message: it is read, or refused with a word that the protocol knows. See support/cases.ts for seeds and longer runs. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'ava';
import { decodeParams, decodeResult } from '#src/protocol/decode.js';
import {
  decodeLargeMessage,
  decodeMessage,
  encodeError,
  encodeMalformed,
  type Incoming,
  MalformedMessage,
} from '#src/protocol/envelope.js';
import { INVALID_PARAMS, RpcError } from '#src/protocol/errors.js';
import { parseJson } from '#src/protocol/json.js';
import { JsonSyntaxError } from '#src/protocol/json-syntax-error.js';
import { isJsonObject } from '#src/protocol/json-value.js';
import { isMethod, METHODS } from '#src/protocol/methods.js';
import { decodeNotification } from '#src/protocol/notifications.js';
import { valueBy } from './support/by-schema.js';
import { fuzz } from './support/cases.js';
import { damaged, damagedText, object, string, text, write } from './support/json-tree.js';
import { ALL_METHODS, hostileMessage, idBy, paramsOf, requestOf } from './support/messages.js';

test.serial('parameters by the schema of their method are taken', async (t) => {
  await fuzz(t, 50_000, (chance) => {
    const method = chance.pick(ALL_METHODS);
    const id = idBy(chance);
    const message = readAs('request', write(requestOf(id, method, paramsOf(method, chance))));
    equal(message.method, method);
    deepEqual(message.id, parseJson(write(id)));
    decodeParams(method, message.params);
  });
});

test.serial('whatever is wrong with a message is said in words of the protocol', async (t) => {
  await fuzz(t, 150_000, (chance) => {
    const json = hostileMessage(chance);
    const message = readOrRefuse(json);
    if (message === undefined) return;
    // Who reads more than JSON would be understood by others otherwise than here.
    JSON.parse(json);
    if (message.kind !== 'request' || !isMethod(message.method)) return;
    const refusal = refusalOf(() => decodeParams(message.method as keyof typeof METHODS, message.params));
    if (refusal === undefined) return;
    const answer = parseJson(encodeError(message.id, refusal));
    ok(isJsonObject(answer));
    deepEqual(answer.id, message.id);
  });
  t.deepEqual(Object.keys(Object.prototype), []);
});

test.serial('a message with a long text is read as one whose texts are short', async (t) => {
  await fuzz(t, 2_000, (chance) => {
    const long = string(chance.bytes(chance.between(1, 30)).toString('base64').repeat(chance.between(2_000, 6_000)));
    const writes = requestOf(text('1'), 'fs/writeFile', object({ path: string('file:///x'), dataBase64: long }));
    const json = write(chance.oneIn(3) ? writes : damaged(writes, chance));
    const bytes = Buffer.from(chance.oneIn(4) ? damagedText(json, chance) : json);
    const large = decodeLargeMessage(bytes);
    if (large === undefined) return;
    if (large.kind !== 'request' || !isMethod(large.method)) return;
    const read = outcome(() => decodeParams('fs/writeFile', large.params));
    const small = readOrRefuse(bytes.toString());
    // A control character in a long text is left for the decoder of base64 to refuse, so that the text is looked at once.
    if (small === undefined) ok(typeof read === 'string' || 'fault' in (read as { dataBase64: object }).dataBase64);
    else {
      equal(small.kind, 'request');
      deepEqual(
        read,
        outcome(() => decodeParams('fs/writeFile', (small as typeof large).params)),
      );
    }
  });
});

test.serial('what a server answers and tells is taken by the schema, or refused, by its client', async (t) => {
  await fuzz(t, 40_000, (chance) => {
    const method = chance.pick(ALL_METHODS);
    const right = valueBy(METHODS[method].result, chance) ?? text('null');
    decodeResult(method, parseJson(write(right)));
    const wrong = jsonOrRefuse(write(damaged(right, chance)));
    if (wrong !== undefined) refusalOf(() => decodeResult(method, wrong));
    const told = jsonOrRefuse(
      write(damaged(object({ processId: string('p'), seq: text('1'), chunk: string('AA==') }), chance)),
    );
    if (told !== undefined)
      refusalOf(() => decodeNotification(chance.pick(['process/output', 'process/exited', 'process/closed']), told));
  });
});

test.serial('any text is JSON to us only if it is to the engine', async (t) => {
  await fuzz(t, 30_000, (chance) => {
    const method = chance.pick(ALL_METHODS);
    const json = write(damaged(paramsOf(method, chance), chance));
    const changed = chance.oneIn(2) ? damagedText(damagedText(json, chance), chance) : json;
    if (jsonOrRefuse(changed) !== undefined) JSON.parse(changed);
  });
});

function readAs<Kind extends Incoming['kind']>(kind: Kind, json: string): Extract<Incoming, { kind: Kind }> {
  const message = decodeMessage(json);
  equal(message.kind, kind);
  return message as Extract<Incoming, { kind: Kind }>;
}

/** Undefined for a message that is none, which is said in an answer of one line. */
function readOrRefuse(json: string): Incoming | undefined {
  try {
    return decodeMessage(json);
  } catch (error) {
    ok(error instanceof MalformedMessage, String(error));
    const answer = JSON.parse(encodeMalformed('exec-server stdio', error.detail));
    equal(answer.id, -1);
    return undefined;
  }
}

function jsonOrRefuse(json: string) {
  try {
    return parseJson(json);
  } catch (error) {
    ok(error instanceof JsonSyntaxError, String(error));
    return undefined;
  }
}

function refusalOf(decode: () => unknown): RpcError | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    ok(error instanceof RpcError, String(error));
    equal(error.code, INVALID_PARAMS);
    ok(error.message.length > 0);
    return error;
  }
}

/** What came out, or the words of the refusal. */
function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    ok(error instanceof RpcError, String(error));
    return error.message;
  }
}
