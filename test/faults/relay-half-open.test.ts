/** Links that have broken without a word to one of the two, or to both: who does not know it notices in time, and the session goes on. */
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { Chatter } from './support/chatter.js';
import { hasten } from './support/leaping-time.js';
import { RelayWorld } from './support/relay-world.js';

/** Who loses a link, and who of the two learns of it. */
interface Break {
  readonly role: 'executor' | 'harness';
  readonly told: 'relay' | 'nobody';
}

const BREAKS: readonly Break[] = [
  { role: 'harness', told: 'relay' },
  { role: 'harness', told: 'nobody' },
  { role: 'executor', told: 'relay' },
  { role: 'executor', told: 'nobody' },
];

/** How long a client seeks its session, which is less than the executor keeps it. */
const SOUGHT_MS = 75_000;

for (const { role, told } of BREAKS) {
  for (const calling of [true, false]) {
    test.serial(
      `${told} learns that the link of the ${role} is broken, right behind a sign of life; the client ${calling ? 'waits for an answer' : 'only listens'}`,
      async (t) => {
        using folder = new TemporaryFolder();
        await using world = await RelayWorld.open();
        const client = await world.connect();
        const { sessionId } = client;
        const chatter = await Chatter.begin(client, folder);
        const states: string[] = [];
        client.onStateChange((state) => states.push(state));
        await client.status();

        const [link] = world.proxy.whole(role);
        if (told === 'relay') link!.cut('relay');
        else link!.silence();
        const answer = calling ? client.status({ timeoutMs: 10 * SOUGHT_MS }) : undefined;
        let passed = 0;
        if (role === 'executor') passed += await hasten(() => world.told('connected').length > 1, 2 * SOUGHT_MS);
        const before = new Set(world.proxy.links);
        passed += await hasten(() => world.proxy.whole('harness').some((each) => !before.has(each)), 2 * SOUGHT_MS);
        // Handshakes take the time that they take.
        await world.until(() => client.state !== 'recovering');

        t.log(`${Math.round(passed / 1000)} s`);
        t.deepEqual(states, ['recovering', 'connected']);
        t.is(client.sessionId, sessionId);
        await answer;
        const { stdout, expected, exit } = await chatter.end();
        t.is(stdout, expected);
        t.like(exit, { exitCode: 0, complete: true });
      },
    );
  }
}
