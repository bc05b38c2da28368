/** Connections that come and go in masses, slowly, or not at all: nobody else is held up, and nothing is left of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { DETACHED_SESSION_RETENTION_MS, REQUEST_PATIENCE_MS } from '#src/protocol/limits.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { childrenOf, descriptorsOf, eventually, threadCountOf } from '#test/support/procfs.js';
import { LinkLost, RpcClient, RpcFailure } from '#test/support/rpc-client.js';

const LEAPING = fileURLToPath(import.meta.resolve('#test/support/leaping-executor.js'));
const CONNECTS = 1_000;
const AT_ONCE = 50;
/** A kilobyte of each connection would be more than this. */
const HEAP_GROWTH_BYTES = 1_000_000;

/** How a connection comes and goes; each at its own point of the way. */
const VISITS: readonly ((url: string) => Promise<void>)[] = [
  async (url) => {
    const socket = await dial(url);
    socket.destroy();
    await closeOf(socket);
  },
  async (url) => {
    const socket = await dial(url);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConn');
    socket.resetAndDestroy();
    await closeOf(socket);
  },
  async (url) => {
    const client = await RpcClient.dial(url);
    client.cut();
    await client.ended;
  },
  async (url) => {
    const client = await RpcClient.connect(url);
    client.cut();
    await client.ended;
  },
  async (url) => {
    const client = await RpcClient.connect(url);
    await client.start('p', ['/bin/sleep', '1000']);
    await client.call('fs/open', { handleId: 'h', path: 'file:///bin/sh' });
    client.cut();
    await client.ended;
  },
  async (url) => {
    const client = await RpcClient.connect(url);
    // A poll that nobody will hear the answer of.
    await client.start('p', ['/bin/sleep', '1000']);
    const poll = client.read('p', 0, { waitMs: 600_000 }).catch((error) => error instanceof LinkLost);
    client.notify('no such notification', {});
    await client.ended;
    if ((await poll) !== true) throw new Error('the poll was answered');
  },
];

test(`${CONNECTS} connections that come and go leave nothing, when their sessions are forgotten`, async (t) => {
  await using executor = await ExecutorProgram.start({ program: LEAPING });
  await using control = await RpcClient.connect(executor.url);
  const visit = async (count: number) => {
    let next = 0;
    const some = async () => {
      while (next < count) await VISITS[next++ % VISITS.length]!(executor.url);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
  };
  /** What the executor holds when it has forgotten them; again, where it hears of an end only behind the leap. */
  const forget = async (): Promise<number> => {
    const said = once(executor.process.stderr!, 'data');
    executor.tell(String(DETACHED_SESSION_RETENTION_MS + 1));
    const { heapUsed, external } = JSON.parse(String(await said));
    return sleepersOf(executor.pid) === 0 ? heapUsed + external : await forget();
  };
  await visit(CONNECTS / 4);
  await forget();
  const before = { descriptors: descriptorsOf(executor.pid).length, threads: threadCountOf(executor.pid) };
  const heapBefore = await forget();
  await visit(CONNECTS);
  t.deepEqual(await control.call('environment/status', {}), { status: 'ready' });
  const heapAfter = await forget();
  await eventually(() => descriptorsOf(executor.pid).length <= before.descriptors);
  await eventually(() => threadCountOf(executor.pid) <= before.threads);
  t.true(heapAfter - heapBefore < HEAP_GROWTH_BYTES, `${heapAfter - heapBefore} bytes more`);
});

test('requests that never come whole are given up, while others are served', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  // What is made with the first command is kept.
  await client.shell('first', ':');
  await client.closed('first');
  const before = descriptorsOf(executor.pid).length;
  const slow = await Promise.all(Array.from({ length: 100 }, () => dial(executor.url)));
  const answers = slow.map((socket) => once(socket, 'data').then(([bytes]) => String(bytes).split('\r\n')[0]));
  for (const socket of slow) socket.write('GET / HTTP/1.1\r\nX: ');
  const drip = setInterval(() => {
    for (const socket of slow) socket.write('x');
  }, REQUEST_PATIENCE_MS / 40);
  t.teardown(() => clearInterval(drip));
  await client.shell('p', 'echo served');
  t.is((await client.closed('p')).output().toString(), 'served\n');
  t.deepEqual(await Promise.all(answers), Array(slow.length).fill('HTTP/1.1 408 Request Timeout'));
  await Promise.all(slow.map(closeOf));
  await eventually(() => descriptorsOf(executor.pid).length <= before);
  t.deepEqual(await client.call('environment/status', {}), { status: 'ready' });
});

const SESSIONS = 40;
const ROUNDS = 8;
const LINES = 30;
const SCRIPT = `i=0; while [ $i -lt ${LINES} ]; do echo line $i; i=$((i+1)); sleep 0.1; done`;

test(`${SESSIONS} sessions whose connections are lost again and again, all at once, miss nothing, whoever else wants them`, async (t) => {
  await using executor = await ExecutorProgram.start();
  const story = async () => {
    let client = await RpcClient.connect(executor.url);
    const { sessionId, records } = client;
    await client.shell('p', SCRIPT);
    const record = client.record('p');
    for (let round = 0; round < ROUNDS; round += 1) {
      client.cut();
      await client.ended;
      const race = await Promise.allSettled(
        [1, 2].map(() => RpcClient.connect(executor.url, { resume: sessionId, records })),
      );
      const winners = race.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      const refusals = race.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      t.true(refusals.every((error) => error instanceof RpcFailure && error.code === -32010));
      client = await firstThatCatchesUp(winners);
    }
    await client.closed('p');
    client.cut();
    return record.output().toString();
  };
  const whole = Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join('');
  t.deepEqual(await Promise.all(Array.from({ length: SESSIONS }, story)), Array(SESSIONS).fill(whole));
});

/** On a machine so busy that one of two is silent for a second, the other one takes the session over. */
async function firstThatCatchesUp(clients: readonly RpcClient[]): Promise<RpcClient> {
  for (const client of clients) {
    const record = client.record('p');
    const answer = await client.read('p', record.complete).catch(() => undefined);
    if (answer === undefined) continue;
    if (record.merge(answer).length > 0) throw new Error('something is lost');
    return client;
  }
  throw new Error('nobody has the session');
}

async function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  return socket;
}

async function closeOf(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

/** Those of its children that sleep for long. */
const sleepersOf = (pid: number): number =>
  childrenOf(pid).filter((child) => {
    try {
      return readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith('/bin/sleep');
    } catch {
      return false;
    }
  }).length;
