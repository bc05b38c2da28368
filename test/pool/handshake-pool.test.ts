/** The threads behind handshakes: when they run, how they end, and what becomes of steps then. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Piscina } from 'piscina';
import { HandshakePool } from '#src/pool/handshake-pool.js';
import { Loopback } from '#test/noise/support/loopback.js';
import { seenPools } from '#test/support/seen-pools.js';
import { isWiped } from './support/secrets-left.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#test/pool/support/handshaking-program.js'));
const LOST = { message: /^the handshake was lost: / };

/** The threads of what was asked last. */
const threads = (): Piscina['threads'] => [...seenPools].at(-1)!.threads;
const killThreads = () => Promise.all(threads().map((thread) => thread.terminate()));

test.serial(
  'no thread runs before the first step, and one is enough for steps that come one after the other',
  async (t) => {
    const before = seenPools.size;
    const handshakes = new HandshakePool();
    t.is(seenPools.size, before);
    const harness = await handshakes.identity();
    const executor = await handshakes.identity();
    await new Loopback(handshakes, harness, executor).shakeHands();
    t.is(seenPools.size, before + 1);
    t.is(threads().length, 1);
    await handshakes.close();
  },
);

test.serial('some steps at once are no reason for a second thread', async (t) => {
  const handshakes = new HandshakePool();
  await handshakes.identity();
  await Promise.all(Array.from({ length: 20 }, () => handshakes.identity()));
  t.is(threads().length, 1);
  await handshakes.close();
});

test.serial('however much there is to do, there are at most two threads', async (t) => {
  const handshakes = new HandshakePool();
  const identities = Array.from({ length: 200 }, () => handshakes.identity());
  t.true(threads().length <= 2);
  await Promise.all(identities);
  t.true(threads().length <= 2);
  await handshakes.close();
});

test.serial('a thread that dies takes along the steps that it had, and the next one works', async (t) => {
  const handshakes = new HandshakePool();
  const both = await Loopback.open(handshakes);
  const { message } = await both.request();
  const states = await Promise.all(Array.from({ length: 40 }, async () => (await both.receive(message)).received));
  const steps = states.map((received) => handshakes.accept(received));
  const [outcomes] = await Promise.all([Promise.allSettled(steps), killThreads()]);
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.true(lost.length > 0);
  for (const { reason } of lost) t.regex(reason.message, LOST.message);
  t.true(states.every(isWiped));

  const { harness, executor } = await both.shakeHands();
  t.deepEqual(harness, executor);
  await handshakes.close();
});

test.serial('steps that wait for a thread which dies while it starts do not wait for ever', async (t) => {
  const handshakes = new HandshakePool();
  const steps = Array.from({ length: 5 }, () => handshakes.identity());
  const outcomes = Promise.allSettled(steps);
  await killThreads();
  for (const outcome of await outcomes) {
    t.is(outcome.status, 'rejected');
    if (outcome.status === 'rejected') t.regex(outcome.reason.message, LOST.message);
  }
  await t.notThrowsAsync(handshakes.identity());
  await handshakes.close();
});

const DEATHS: readonly { readonly how: string; readonly die: () => unknown }[] = [
  { how: 'killed', die: killThreads },
  { how: 'of an error', die: () => threads()[0]!.emit('error', new Error('out of memory')) },
];
for (const { how, die } of DEATHS) {
  test.serial(`a thread that dies with nothing to do is missed by nobody (${how})`, async (t) => {
    const handshakes = new HandshakePool();
    await handshakes.identity();
    const [thread] = threads();
    // `once` would take the error for a failure of waiting.
    const ended = new Promise((resolve) => thread!.on('exit', resolve));
    await die();
    await ended;
    await t.notThrowsAsync(handshakes.identity());
    t.not(threads()[0], thread);
    await handshakes.close();
  });
}

test.serial('what is under way fails when they are closed, and no thread is left', async (t) => {
  const handshakes = new HandshakePool();
  const both = await Loopback.open(handshakes);
  const { message } = await both.request();
  const steps = Array.from({ length: 80 }, () => both.receive(message));
  const ended = threads().map((thread) => once(thread, 'exit'));
  const outcomes = Promise.allSettled(steps);
  await handshakes.close();
  await Promise.all(ended);
  const lost = (await outcomes).filter((outcome) => outcome.status === 'rejected');
  t.true(lost.length > 0);
  for (const { reason } of lost) t.is(reason.message, 'handshakes are closed');
  t.is(threads().length, 0);
});

test.serial('they may be closed while their first thread starts', async (t) => {
  const handshakes = new HandshakePool();
  const step = handshakes.identity();
  step.catch(() => {});
  await handshakes.close();
  await t.throwsAsync(step, { message: 'handshakes are closed' });
  t.is(threads().length, 0);
});

test.serial('nothing is left of a step that no thread has begun', async (t) => {
  const handshakes = new HandshakePool();
  const both = await Loopback.open(handshakes);
  const { requested } = await both.request();
  const tasks: object[] = [];
  const { run } = Piscina.prototype;
  t.teardown(() => Object.assign(Piscina.prototype, { run }));
  Piscina.prototype.run = function (this: Piscina, task, options) {
    tasks.push(task);
    return run.call(this, task, options);
  };

  const unstarted = new HandshakePool();
  const step = unstarted.finish(both.harness, requested, Buffer.alloc(10));
  t.is(tasks.length, 1);
  t.false(isWiped(tasks));
  const outcome = t.throwsAsync(step);
  await unstarted.close();
  await outcome;
  t.true(isWiped(tasks));
  await handshakes.close();
});

for (const [how, threadsAtExit] of [
  ['leave', '1'],
  ['close', '0'],
] as const) {
  test(`a program ends by itself when nobody waits for a handshake (${how})`, async (t) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, how]);
    t.is(stdout, `shaken, threads at the end: ${threadsAtExit}\n`);
    t.is(stderr, '');
  });
}
