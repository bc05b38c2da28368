/** What a program that has an executor in it does wrong costs one connection at most. */
import test from 'ava';
import { Executor } from '#src/executor.js';
import { connect } from '#src/index.js';
import { RemoteExecutor } from '#src/remote/remote-executor.js';
import { listen } from '#src/transport/listen.js';
import { ENVIRONMENT, EXECUTOR, HARNESS, startRelay } from '#test/rendezvous/support/relay-ends.js';

const fail = (): never => {
  throw new TypeError('secret words');
};

test('an observer that throws changes nothing, and is told of without its words', async (t) => {
  const warned: string[] = [];
  await using executor = new Executor({ observer: { tell: fail, digests: true }, warn: (line) => warned.push(line) });
  await using listener = await listen({ host: '127.0.0.1', port: 0 }, executor.accept);
  await using client = await connect(listener.address);
  t.like(await client.run(['/bin/sh', '-c', 'echo well']), { stdoutText: 'well\n', exitCode: 0 });
  t.true(warned.length > 0);
  for (const line of warned) {
    t.regex(line, /^unexpected error: TypeError .*owners-that-throw/);
    t.false(line.includes('secret'));
  }
});

test('a listener whose accept throws has lost that connection only', async (t) => {
  const faults: unknown[] = [];
  await using executor = new Executor();
  let isBroken = true;
  await using listener = await listen(
    { host: '127.0.0.1', port: 0, fault: (error) => faults.push(error) },
    (connection) => (isBroken ? fail() : executor.accept(connection)),
  );
  await t.throwsAsync(connect(listener.address));
  isBroken = false;
  await using client = await connect(listener.address);
  t.is((await client.run(['echo', 'well'])).stdoutText, 'well\n');
  t.is(faults.length, 1);
});

test('an executor behind a relay whose log and accept throw serves the next stream', async (t) => {
  const faults: unknown[] = [];
  const relay = await startRelay();
  await using executor = new Executor();
  const stop = new AbortController();
  let streams = 0;
  let connected = () => {};
  const isConnected = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const remote = RemoteExecutor.withBearerToken({
    registryUrl: relay.address,
    environmentId: ENVIRONMENT,
    token: EXECUTOR,
    fault: (error) => faults.push(error),
    accept: (connection) => (++streams === 1 ? fail() : executor.accept(connection)),
    log: ({ event }) => {
      if (event === 'connected') connected();
      fail();
    },
  });
  const serving = remote.run(stop.signal);
  await isConnected;
  const url = `${relay.address}/${ENVIRONMENT}`;
  // The first stream ends at once; whether the client tries again by itself is its own affair.
  const first = await connect(url, { token: HARNESS }).catch(() => undefined);
  await first?.close();
  await using client = await connect(url, { token: HARNESS });
  t.is((await client.run(['echo', 'well'])).stdoutText, 'well\n');
  await client.close();
  t.true(faults.length >= 3, `${faults.length}`);
  stop.abort();
  await serving;
  await relay.close();
});
