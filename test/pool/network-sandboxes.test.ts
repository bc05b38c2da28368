import test from 'ava';
import type { Confinement } from '#src/pool/calls.js';
import { NetworkSandboxes } from '#src/pool/network-sandboxes.js';
import { NETWORK_SANDBOX_LINGER_MS } from '#src/protocol/limits.js';

const confined = { kind: 'confined', rules: [], platform: true, globs: [], globDepth: undefined } as const;
const bubblewrap = {} as Extract<Confinement, { is: 'sandboxed' }>['bubblewrap'];
const WITH_NETWORK: Confinement = { is: 'sandboxed', policy: { ...confined, network: 'enabled' }, bubblewrap };

test('only a sandbox with network access can connect', (t) => {
  const others: (Confinement | null)[] = [
    null,
    { is: 'free' },
    { is: 'sandboxed', policy: { kind: 'offline' }, bubblewrap },
    { is: 'sandboxed', policy: { ...confined, network: 'restricted' }, bubblewrap },
  ];
  const sandboxes = new NetworkSandboxes();
  for (const other of others) sandboxes.begin(other)();
  t.false(sandboxes.mayConnect);
  sandboxes.begin(WITH_NETWORK);
  t.true(sandboxes.mayConnect);
});

test('it counts until a while after the last has ended', (t) => {
  let now = 1000;
  const sandboxes = new NetworkSandboxes(() => now);
  const [first, second] = [sandboxes.begin(WITH_NETWORK), sandboxes.begin(WITH_NETWORK)];
  first();
  now += 2 * NETWORK_SANDBOX_LINGER_MS;
  t.true(sandboxes.mayConnect, 'the second lives');
  second();
  now += NETWORK_SANDBOX_LINGER_MS - 1;
  t.true(sandboxes.mayConnect);
  now += 1;
  t.false(sandboxes.mayConnect);
});

test('an end that is told twice is one end', (t) => {
  const sandboxes = new NetworkSandboxes();
  const [first] = [sandboxes.begin(WITH_NETWORK), sandboxes.begin(WITH_NETWORK)];
  first();
  first();
  t.true(sandboxes.mayConnect);
});
