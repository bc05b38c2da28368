/** A server that is told anything by many connections answers each as the protocol has it, goes on, and keeps nothing. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import test from 'ava';
import { decodeResult } from '#src/protocol/decode.js';
import { decodeMessage, type Incoming } from '#src/protocol/envelope.js';
import { isJsonObject, type JsonObject } from '#src/protocol/json-value.js';
import { isMethod } from '#src/protocol/methods.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { childrenOf, descriptorsOf, eventually, residentBytesOf, threadCountOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { Arena } from './support/arena.js';
import { fuzz } from './support/cases.js';
import type { Chance } from './support/chance.js';
import { CODES, UNFORESEEN } from './support/codes.js';
import { FuzzedConnection } from './support/fuzzed-connection.js';
import { string, write } from './support/json-tree.js';
import { ALL_METHODS, hostileMessage, paramsOf, requestOf } from './support/messages.js';

const INITIALIZE = '{"id":"init","method":"initialize","params":{"clientName":"x"}}';
const INITIALIZED = '{"method":"initialized"}';
const STATUS = '{"id":"last","method":"environment/status"}';
const MESSAGES = 30;
const BATCHES = 150;
/** What may be kept of closed processes and sessions for their 80 s, and of memory that nobody asks back. */
const GROWTH_BYTES = 100 * 1024 * 1024;

test.serial(
  `twice ${BATCHES} connections with ${MESSAGES} messages: each request is answered, and nothing is kept of them`,
  async (t) => {
    using arena = new Arena(await closedPort());
    await using executor = await ExecutorProgram.start({ env: environmentIn(arena.path) });
    await using control = await RpcClient.connect(executor.url);
    const batch = async (chance: Chance) => {
      arena.restore();
      await using connection = await FuzzedConnection.open(executor.url);
      await tell(connection, messagesBy(chance, arena));
      deepEqual(await control.call('environment/status', {}), { status: 'ready' });
    };
    // What is made once and kept is made in the first round: threads, guards, helpers.
    await fuzz(t, BATCHES, batch);
    const before = held(executor.pid);
    const residentBefore = residentBytesOf(executor.pid);
    await fuzz(t, BATCHES, batch);
    await eventually(() => isNoMoreThan(held(executor.pid), before));
    const grown = residentBytesOf(executor.pid) - residentBefore;
    t.log(`${Math.round(grown / 1024 / 1024)} MiB more in the second round`);
    t.true(grown < GROWTH_BYTES);
  },
);

async function tell(connection: FuzzedConnection, messages: readonly string[]): Promise<void> {
  for (const message of messages) connection.say(message);
  const read = messages.map((message) => orUndefined(() => decodeMessage(message)));
  const asked = read.map(asksOf);
  const expected = asked.filter((id) => id !== undefined);
  await connection.answered(expected.length);
  const answered = connection.answers.map(({ id }) => String(id));
  if (connection.isClosed) ok(read.some(endsConnection), 'it was closed for nothing');
  else deepEqual(answered.toSorted(), expected.toSorted());
  for (const answer of connection.answers) {
    const id = String(answer.id);
    judge(
      answer,
      read.flatMap((one) => (one?.kind === 'request' && String(one.id) === id ? [one.method] : [])),
    );
  }
}

/** The id under which a message is answered; undefined when it is not. */
function asksOf(message: Incoming | undefined): string | undefined {
  if (message === undefined) return '-1';
  return message.kind === 'request' ? String(message.id) : undefined;
}

function endsConnection(message: Incoming | undefined): boolean {
  if (message === undefined) return false;
  return message.kind === 'notification' || message.kind === 'response' || message.kind === 'error';
}

/** `methods`: what was asked under its id; more than one where ids were damaged. */
function judge(answer: JsonObject, methods: readonly string[]): void {
  const { error, result } = answer;
  if (error === undefined) {
    const known = methods.filter(isMethod);
    ok(known.length > 0, 'what is no method has no result');
    if (known.length === 1) decodeResult(known[0]!, result!);
    return;
  }
  ok(isJsonObject(error) && CODES.has(Number(error.code)), `${methods} was answered ${JSON.stringify(error)}`);
  ok(error.message !== UNFORESEEN, `${methods} failed as nobody foresaw`);
  equal(typeof error.message, 'string');
}

/** Each has an id of its own, unless that is what was damaged. */
function messagesBy(chance: Chance, arena: Arena): string[] {
  const messages = chance.times(MESSAGES, (number) => {
    const id = string(`m${number}`);
    if (!chance.oneIn(3)) return hostileMessage(chance, arena.words, id);
    const method = chance.pick(ALL_METHODS);
    return write(requestOf(id, method, paramsOf(method, chance, arena.words)));
  });
  const opening = chance.oneIn(15) ? [] : [INITIALIZE, INITIALIZED];
  return [...opening, ...messages.filter((message) => arena.permits(message)), STATUS];
}

const held = (pid: number) => ({
  descriptors: descriptorsOf(pid).length,
  threads: threadCountOf(pid),
  children: childrenOf(pid).length,
});

const isNoMoreThan = (now: ReturnType<typeof held>, before: ReturnType<typeof held>): boolean =>
  now.descriptors <= before.descriptors && now.threads <= before.threads && now.children <= before.children;

/** Nothing of whoever runs this: neither settings nor skills nor ways to other hosts. */
const environmentIn = (home: string): Record<string, string> => ({
  HOME: home,
  CODEX_HOME: home,
  HTTP_PROXY: '',
  http_proxy: '',
  ALL_PROXY: '',
  all_proxy: '',
});

/** Of this machine, where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
