/** A client loses its link, and neither relay nor executor know it: it comes back over another one, to a session that is still taken. */
import test from 'ava';
import { RelayWorld } from './support/relay-world.js';
import { Talk } from './support/talk.js';

const TIMES = 6;

test('a client that comes back has its session at once, also while its last link still stands at the relay', async (t) => {
  await using world = await RelayWorld.open();
  const { client, link } = await world.connectOn();
  const { sessionId } = client;
  const talk = await Talk.begin(client);
  const states: string[] = [];
  client.onStateChange((state) => states.push(state));
  for (let time = 0; time < TIMES; time += 1) {
    const [present] = world.proxy.whole('harness');
    present!.cut('end');
    await world.until(() => client.state === 'recovering');
    await talk.exchange();
  }
  // One attempt each, which found its session; nobody waited until the old link was noticed to be dead.
  const each = <T>(what: T) => Array.from({ length: TIMES }, () => what);
  t.deepEqual(states, each(['recovering', 'connected']).flat());
  t.is(world.proxy.links.filter(({ key }) => key === link.key).length, 1 + TIMES);
  t.is(world.told('handshakeCompleted').length, 1 + TIMES);
  t.is(world.relay.counts.harnesses, 1 + TIMES);
  t.is(client.sessionId, sessionId);
  const { stdout, stderr, expected } = await talk.end();
  t.is(stdout, expected.stdout);
  t.is(stderr, expected.stderr);
});
