/** Whatever a connection says, each of its requests has one answer with a known code, or the connection is closed. */
import { equal, ok } from 'node:assert/strict';
import test from 'ava';
import { decodeMessage } from '#src/protocol/envelope.js';
import { internalError, invalidRequest, notFound } from '#src/protocol/errors.js';
import { parseJson } from '#src/protocol/json.js';
import { isJsonObject, type JsonObject } from '#src/protocol/json-value.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import type { Handlers, Reply } from '#src/rpc/handlers.js';
import { Peer } from '#src/rpc/peer.js';
import type { Session } from '#src/session/session.js';
import { FakeConnection } from '#test/support/fake-connection.js';
import { fuzz } from './support/cases.js';
import type { Chance } from './support/chance.js';
import { CODES } from './support/codes.js';
import { text } from './support/json-tree.js';
import { ALL_METHODS, hostileMessage } from './support/messages.js';

const INITIALIZE = '{"id":"init","method":"initialize","params":{"clientName":"x"}}';
const INITIALIZED = '{"method":"initialized"}';
const TURNS = 6;

test.serial('every request has its one answer, or the connection is closed', async (t) => {
  await fuzz(t, 20_000, async (chance) => {
    const connection = new FakeConnection();
    const session = {
      belongsTo: () => !chance.oneIn(30),
      lost() {},
      requestBegan() {},
      requestDone() {},
    } as unknown as Session;
    const peer = new Peer(connection, {
      handlers: () => handlersBy(chance),
      initialize: async () => {
        if (chance.oneIn(10)) throw invalidRequest('no such session');
        return { session, result: '{}' };
      },
    });
    connection.open(peer);
    const messages = chance.times(chance.between(1, 12), (number) =>
      hostileMessage(chance, undefined, text(String(number))),
    );
    if (!chance.oneIn(5)) messages.unshift(INITIALIZE, INITIALIZED);
    for (const message of messages) {
      connection.say(message);
      if (chance.oneIn(3)) await turns(1);
    }
    await turns(TURNS);
    const answers = connection.sent.map(asAnswer);
    if (connection.closeReason === undefined) equal(answers.length, messages.filter(wantsAnswer).length);
    else ok(answers.length <= messages.length);
    connection.end();
    await turns(1);
    equal(connection.sent.length, answers.length);
  });
});

/** A request, or what is none and is told so. */
function wantsAnswer(message: string): boolean {
  const read = orUndefined(() => decodeMessage(message));
  return read === undefined || read.kind === 'request';
}

function asAnswer(sent: string): JsonObject {
  const answer = parseJson(sent);
  ok(isJsonObject(answer) && answer.id !== undefined, sent);
  if (answer.result !== undefined) return answer;
  ok(isJsonObject(answer.error) && CODES.has(Number(answer.error.code)), sent);
  return answer;
}

/** They answer at once or later, with a result or an error, foreseen or not. */
function handlersBy(chance: Chance): Handlers {
  const answer = (): Reply | Promise<Reply> => {
    switch (chance.below(8)) {
      case 0:
        throw notFound('nothing there');
      case 1:
        throw new TypeError('unforeseen');
      case 2:
        return Promise.reject(internalError('it broke', new Error('cause')));
      case 3:
        return Promise.reject(new Error('unforeseen'));
      case 4:
        return new Promise((resolve) => setImmediate(() => resolve('"later"')));
      case 5:
        return { json: '{}', afterwards: () => {} };
      default:
        return '{"x":1}';
    }
  };
  return Object.fromEntries(ALL_METHODS.map((method) => [method, answer])) as Handlers;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}
