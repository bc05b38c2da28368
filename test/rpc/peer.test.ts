import { isUtf8 } from 'node:buffer';
import test from 'ava';
import { RpcError, sessionAttached } from '#src/protocol/errors.js';
import {
  HELD_REQUEST_BYTES,
  MESSAGES_PER_TURN,
  OUTBOUND_QUEUE_BYTES,
  WAITING_REQUESTS,
  WAITING_REQUESTS_BEHIND_OTHERS,
} from '#src/protocol/limits.js';
import type { Handlers, PeerLink, ReadyReply } from '#src/rpc/handlers.js';
import { Peer, type PeerOptions } from '#src/rpc/peer.js';
import type { Session } from '#src/session/session.js';
import { FakeConnection } from '#test/support/fake-connection.js';

const INITIALIZE = { id: 'init', method: 'initialize', params: { clientName: 'test' } };
const INITIALIZED = { method: 'initialized', params: {} };
const status = (id: unknown) => ({ id, method: 'environment/status' });
const terminate = (id: unknown) => ({ id, method: 'process/terminate', params: { processId: 'p' } });
const read = (id: unknown, processId = 'p') => ({ id, method: 'process/read', params: { processId } });

/** Later turns of the event loop: a peer goes on in the check phase of each. */
const turns = async (count = 3) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** What a peer asks of its session. */
function fakeSession() {
  const lost: unknown[] = [];
  const session = {
    belongs: true,
    belongsTo: () => session.belongs,
    requestBegan: () => {},
    requestDone: () => {},
    lost: (connection: unknown) => lost.push(connection),
  };
  return { session, lost };
}

interface Setup {
  readonly connection?: FakeConnection;
  readonly handlers?: Handlers;
  readonly initialize?: PeerOptions['initialize'];
  readonly concurrentRequests?: number;
  readonly replyLimitBytes?: number;
  readonly initializePatienceMs?: number;
}

function connect({
  connection = new FakeConnection(),
  handlers,
  initialize,
  concurrentRequests,
  replyLimitBytes,
  initializePatienceMs,
}: Setup = {}) {
  const links: PeerLink[] = [];
  const { session, lost } = fakeSession();
  const peer = new Peer(connection, {
    handlers: (link) => {
      links.push(link);
      return { 'environment/status': () => '"ready"', 'process/terminate': () => '"ended"', ...handlers };
    },
    initialize: initialize ?? (async () => ({ session: session as unknown as Session, result: '"session"' })),
    concurrentRequests,
    replyLimitBytes,
    initializePatienceMs,
  });
  connection.open(peer);
  return { connection, session, lost, link: links[0]! };
}

async function connectReady(setup: Setup = {}) {
  const connected = connect(setup);
  connected.connection.say(INITIALIZE, INITIALIZED);
  await turns();
  connected.connection.sent.length = 0;
  return connected;
}

test('initialize, initialized and a request may come in one turn, and are answered in order', async (t) => {
  const { connection } = connect();
  connection.say(INITIALIZE, INITIALIZED, status(1));
  await turns();
  t.deepEqual(connection.sent, ['{"id":"init","result":"session"}', '{"id":1,"result":"ready"}']);
});

test('requests before initialize and before initialized are refused by family', async (t) => {
  const { connection } = connect();
  connection.say(status(1), terminate(2), INITIALIZE);
  await turns();
  connection.say(status(3));
  await turns();
  t.deepEqual(
    connection.messages.map(({ id, error }) => [id, error?.message]),
    [
      [1, 'client must call initialize before using environment status methods'],
      [2, 'client must call initialize before using exec methods'],
      ['init', undefined],
      [3, 'client must send initialized before using environment status methods'],
    ],
  );
});

test('a second initialize is refused, one after a failure is not', async (t) => {
  let attempts = 0;
  const { session } = fakeSession();
  const { connection } = connect({
    initialize: async () => {
      attempts += 1;
      if (attempts === 1) throw sessionAttached('s');
      return { session: session as unknown as Session, result: '"session"' };
    },
  });
  connection.say({ ...INITIALIZE, id: 1 });
  await turns();
  connection.say({ ...INITIALIZE, id: 2 });
  await turns();
  connection.say(INITIALIZED, { ...INITIALIZE, id: 3 });
  await turns();
  t.deepEqual(
    connection.messages.map(({ id, error }) => [id, error?.code, error?.message]),
    [
      [1, -32010, 'session s is already attached to another connection'],
      [2, undefined, undefined],
      [3, -32600, 'initialize may only be sent once per connection'],
    ],
  );
});

test('what is sent behind a resume that is under way waits for its end', async (t) => {
  const resumed = deferred<{ session: Session; result: string }>();
  const { session } = fakeSession();
  const { connection } = connect({ initialize: () => resumed.promise });
  connection.say(INITIALIZE, INITIALIZED, status(1), read(2), 'no JSON');
  await turns();
  t.deepEqual(connection.sent, []);
  resumed.resolve({ session: session as unknown as Session, result: '"resumed"' });
  await turns();
  t.deepEqual(connection.answered, ['init', 1, -1, 2]);
});

test('a connection that ends while its resume is under way leaves the session it got', async (t) => {
  const resumed = deferred<{ session: Session; result: string }>();
  const { session, lost } = fakeSession();
  const { connection } = connect({ initialize: () => resumed.promise });
  connection.say(INITIALIZE, INITIALIZED, status(1));
  connection.end();
  resumed.resolve({ session: session as unknown as Session, result: '"resumed"' });
  await turns();
  t.deepEqual(lost, [connection]);
  t.deepEqual(connection.answered.includes(1), false);
});

test('the end of a connection is told to its session', async (t) => {
  const { connection, lost } = await connectReady();
  connection.end();
  t.deepEqual(lost, [connection]);
});

test('a connection whose session went to another is refused', async (t) => {
  const { connection, session } = await connectReady();
  session.belongs = false;
  connection.say(status(1));
  await turns();
  t.like(connection.messages[0], {
    error: { code: -32600, message: 'session has been resumed by another connection' },
  });
});

test('unknown methods and methods without a handler are named in the refusal', async (t) => {
  const { connection } = await connectReady();
  connection.say({ id: 1, method: 'nothing/here' }, read(2));
  await turns();
  t.deepEqual(
    connection.messages.map(({ id, error }) => [id, error.code, error.message]),
    [
      [1, -32601, 'exec-server stub does not implement `nothing/here` yet'],
      [2, -32601, 'exec-server stub does not implement `process/read` yet'],
    ],
  );
});

test("a handler's own words are sent, those of a fault of ours are not", async (t) => {
  const { connection } = await connectReady({
    handlers: {
      'environment/info': () => {
        throw new RpcError(-32004, 'not found');
      },
      'environment/status': async () => {
        throw new TypeError('secret detail');
      },
    },
  });
  connection.say({ id: 1, method: 'environment/info' }, status(2));
  await turns();
  t.deepEqual(
    connection.messages.map(({ error }) => error),
    [
      { code: -32004, message: 'not found' },
      { code: -32603, message: 'internal error' },
    ],
  );
});

test('a malformed message is answered in its place, and the connection goes on', async (t) => {
  const { connection } = await connectReady();
  connection.say(status(1), '{"id":', status(2));
  connection.sayBytes(Buffer.of(0x22, 0xff, 0x22));
  connection.say(status(3));
  await turns();
  t.deepEqual(connection.answered, [1, -1, 2, -1, 3]);
  t.is(connection.messages[1].error.code, -32600);
  t.true(
    connection.messages[1].error.message.startsWith(
      'failed to parse websocket JSON-RPC message from exec-server websocket 127.0.0.1:5000: ',
    ),
  );
  t.is(connection.closeReason, undefined);
});

const malformed: [what: string, message: Buffer][] = [
  ['no JSON', Buffer.from('{"secret":')],
  ['JSON with something behind it', Buffer.from('{"id":1,"method":"environment/status"} secret')],
  ['an array', Buffer.from('["secret"]')],
  ['an object that is no JSON-RPC', Buffer.from('{"secret":1}')],
  ['a request without a proper id', Buffer.from('{"id":["secret"],"method":"environment/status"}')],
  ['no UTF-8', Buffer.from([...Buffer.from('"secret'), 0xff, 0x22])],
  ['more than 16 MiB of no JSON', Buffer.alloc((16 << 20) + 1, 'secret')],
];
for (const [what, bytes] of malformed) {
  test(`where a malformed message is fatal, ${what} ends the connection in its place, and is not repeated`, async (t) => {
    const { connection } = await connectReady({ connection: new FakeConnection({ malformed: 'fatal' }) });
    connection.say(status(1));
    if (isUtf8(bytes)) connection.say(bytes.toString());
    else connection.sayBytes(bytes);
    connection.say(status(2));
    await turns();
    t.deepEqual(connection.answered, [1]);
    t.regex(connection.closeReason!, /^a (malformed message of more than 16 MiB|message that is no JSON-RPC)$/);
  });
}

test('where a malformed message is fatal, a request that is refused is only refused', async (t) => {
  const { connection } = await connectReady({ connection: new FakeConnection({ malformed: 'fatal' }) });
  connection.say({ id: 1, method: 'nothing/here' }, { id: 2, method: 'process/terminate', params: [] }, status(3));
  await turns();
  t.deepEqual(connection.answered, [1, 2, 3]);
  t.is(connection.closeReason, undefined);
});

const ends: [what: string, message: object][] = [
  ['an answer to nothing', { id: 1, result: {} }],
  ['an error that answers nothing', { id: 1, error: { code: 1, message: '' } }],
  ['an unknown notification', { method: 'something' }],
];
for (const [what, message] of ends) {
  test(`${what} ends the connection`, async (t) => {
    const { connection } = await connectReady();
    connection.say(message);
    await turns();
    t.truthy(connection.closeReason);
  });
}

test('what waits behind a message that ends the connection is not done', async (t) => {
  const done: string[] = [];
  const { connection } = await connectReady({ handlers: { 'process/terminate': () => `${done.push('ended')}` } });
  const turn = Array.from({ length: MESSAGES_PER_TURN }, (_, n) => status(n));
  connection.say(...turn, { method: 'something' }, terminate('behind'));
  await turns();
  t.is(connection.closeReason, 'an unexpected notification');
  t.deepEqual(done, []);
});

test('initialized before initialize ends the connection', async (t) => {
  const { connection } = connect();
  connection.say(INITIALIZED);
  await turns();
  t.is(connection.closeReason, 'initialized came before initialize');
});

test('long reads do not hold up each other, nor control', async (t) => {
  const answers = new Map([
    ['slow', deferred<string>()],
    ['quick', deferred<string>()],
  ]);
  const { connection } = await connectReady({
    handlers: { 'process/read': ({ processId }) => answers.get(processId)!.promise },
  });
  connection.say(read(1, 'slow'), read(2, 'quick'), terminate(3));
  await turns();
  t.deepEqual(connection.answered, [3]);
  answers.get('quick')!.resolve('"quick"');
  await turns();
  answers.get('slow')!.resolve('"slow"');
  await turns();
  t.deepEqual(connection.answered, [3, 2, 1]);
});

test('with a bound on requests at once control still overtakes, and an end lets the next one in', async (t) => {
  const first = deferred<string>();
  const { connection } = await connectReady({
    concurrentRequests: 1,
    handlers: { 'process/read': ({ processId }) => (processId === 'slow' ? first.promise : '"quick"') },
  });
  connection.say(read(1, 'slow'), read(2, 'quick'), terminate(3));
  await turns();
  t.deepEqual(connection.answered, [3]);
  first.resolve('"slow"');
  await turns();
  t.deepEqual(connection.answered, [3, 1, 2]);
});

test('the signal of a request is aborted when the connection ends, and nothing is answered to the dead', async (t) => {
  let gone: AbortSignal | undefined;
  const { connection } = await connectReady({
    handlers: {
      'process/read': (_, context) => {
        gone = context.gone;
        return new Promise(() => {});
      },
    },
  });
  connection.say(read(1));
  await turns();
  t.false(gone!.aborted);
  connection.end();
  t.true(gone!.aborted);
});

test('one turn handles so many messages of a connection, and other connections come between', async (t) => {
  const order: string[] = [];
  const handlers = (name: string): Handlers => ({
    'environment/status': () => {
      order.push(name);
      return '"ready"';
    },
  });
  const flood = await connectReady({ handlers: handlers('flood') });
  const other = await connectReady({ handlers: handlers('other') });
  const messages = 4 * MESSAGES_PER_TURN;
  flood.connection.say(...Array.from({ length: messages }, (_, id) => status(id)));
  t.is(order.length, MESSAGES_PER_TURN);
  other.connection.say(status(1));
  t.is(order.at(-1), 'other');
  await turns(6);
  t.is(order.length, messages + 1);
  t.deepEqual(
    flood.connection.answered,
    Array.from({ length: messages }, (_, id) => id),
  );
});

test('a connection is not read while too many of its messages wait for their turn', async (t) => {
  const { connection } = await connectReady();
  const say = (count: number) => connection.say(...Array.from({ length: count }, (_, id) => status(id)));
  say(MESSAGES_PER_TURN + WAITING_REQUESTS);
  t.false(connection.paused);
  say(1);
  t.true(connection.paused);
  await turns(20);
  t.false(connection.paused);
  t.is(connection.sent.length, MESSAGES_PER_TURN + WAITING_REQUESTS + 1);
});

test('messages that wait for others to end may be many, so that what ends those is still read', async (t) => {
  const first = deferred<string>();
  const { connection } = await connectReady({
    concurrentRequests: 1,
    handlers: { 'process/read': ({ processId }) => (processId === 'slow' ? first.promise : '"quick"') },
  });
  connection.say(read('slow', 'slow'));
  await turns();
  const waiting = Array.from({ length: WAITING_REQUESTS_BEHIND_OTHERS }, (_, id) => read(id));
  connection.say(...waiting);
  t.false(connection.paused);
  connection.say(terminate('t'));
  await turns();
  t.deepEqual(connection.answered, ['t']);
  connection.say(read('too many'));
  t.true(connection.paused);
  first.resolve('"slow"');
  await turns(2 * Math.ceil(waiting.length / MESSAGES_PER_TURN));
  t.false(connection.paused);
  t.is(connection.sent.length, waiting.length + 3);
});

test('a connection is not read while too much of what it said is held for requests that are not answered', async (t) => {
  const answers = [deferred<string>(), deferred<string>()];
  const { connection } = await connectReady({ handlers: { 'process/read': () => answers.shift()!.promise } });
  const [first, second] = answers;
  connection.sayAtLength(read(1), HELD_REQUEST_BYTES);
  t.false(connection.paused);
  connection.say(read(2));
  t.true(connection.paused);
  second!.resolve('"short"');
  await turns();
  t.true(connection.paused);
  first!.resolve('"long"');
  await turns();
  t.false(connection.paused);
  t.deepEqual(connection.answered, [2, 1]);
});

test('a peer that does not read what it asked for is dropped', async (t) => {
  const { connection } = await connectReady();
  connection.queuedBytes = OUTBOUND_QUEUE_BYTES;
  connection.say(status(1));
  await turns();
  t.is(connection.closeReason, undefined);
  connection.queuedBytes = OUTBOUND_QUEUE_BYTES + 1;
  connection.say(status(2));
  await turns();
  t.is(connection.closeReason, 'it does not read what it asked for');
});

test('whoever does not initialize in time is dropped, and whoever has is not', async (t) => {
  t.timeout(10_000);
  const dropped = new Promise<void>((resolve) => {
    const { connection } = connect({ initializePatienceMs: 1 });
    connection.close = (reason = '') => {
      t.is(reason, 'it did not initialize in time');
      resolve();
    };
  });
  const { connection } = connect({ initializePatienceMs: 1 });
  connection.say(INITIALIZE);
  // Timers keep no program alive for this.
  const alive = setInterval(() => {}, 1_000);
  await dropped;
  clearInterval(alive);
  t.is(connection.closeReason, undefined);
});

// ---- kinds of replies ----------------------------------------------------------------------------------

/** A result of so many bytes that stands in memory. */
function readyReply(bytes: number) {
  const memory = Buffer.alloc(bytes + 300);
  const end = 256 + memory.write(JSON.stringify('x'.repeat(bytes - 2)), 256);
  let sent = 0;
  const reply: ReadyReply = { memory, start: 256, end, sent: () => sent++ };
  return { reply, timesSent: () => sent };
}

test('a result that stands in memory is sent from there, and its memory given back', async (t) => {
  const { reply, timesSent } = readyReply(10);
  const { connection } = await connectReady({ handlers: { 'environment/info': () => reply } });
  connection.say({ id: 'a', method: 'environment/info' });
  await turns();
  t.deepEqual(connection.sent, ['{"id":"a","result":"xxxxxxxx"}']);
  t.is(timesSent(), 1);
});

test('what is to follow a reply follows it', async (t) => {
  const { connection, link } = await connectReady({
    handlers: {
      'environment/info': () => ({ json: '"info"', afterwards: () => link.notify('{"method":"more"}') }),
    },
  });
  connection.say({ id: 1, method: 'environment/info' }, status(2));
  await turns();
  t.deepEqual(connection.sent, ['{"id":1,"result":"info"}', '{"method":"more"}', '{"id":2,"result":"ready"}']);
});

test('handlers see when their connection has ended', async (t) => {
  const { connection, link } = await connectReady();
  t.false(link.gone.aborted);
  connection.end();
  t.true(link.gone.aborted);
});

test('a reply up to the limit is sent, one byte more is an error that names it', async (t) => {
  const limit = Buffer.byteLength('{"id":1,"result":"éé"}');
  const { connection } = await connectReady({
    replyLimitBytes: limit,
    handlers: { 'environment/info': () => '"éé"', 'environment/status': () => '"éé."' },
  });
  connection.say({ id: 1, method: 'environment/info' }, status(2));
  await turns();
  t.deepEqual(connection.messages, [
    { id: 1, result: 'éé' },
    {
      id: 2,
      error: {
        code: -32600,
        data: { limit: 'max-reply-bytes' },
        message: `reply is too large: limit is ${limit} bytes`,
      },
    },
  ]);
});

test('a reply in memory that is over the limit gives its memory back once', async (t) => {
  const fits = readyReply(10);
  const large = readyReply(11);
  const limit = Buffer.byteLength('{"id":1,"result":}') + 10;
  const { connection } = await connectReady({
    replyLimitBytes: limit,
    handlers: { 'environment/info': () => fits.reply, 'environment/status': () => large.reply },
  });
  connection.say({ id: 1, method: 'environment/info' }, status(2));
  await turns();
  t.deepEqual(
    connection.messages.map(({ id, error }) => [id, error?.message]),
    [
      [1, undefined],
      [2, `reply is too large: limit is ${limit} bytes`],
    ],
  );
  t.deepEqual([fits.timesSent(), large.timesSent()], [1, 1]);
});
