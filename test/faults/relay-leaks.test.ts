/** After links that came and went in every way nothing of them is left, at either end. */
import test from 'ava';
import { childrenOf, descriptorsOf, eventually } from '#test/support/procfs.js';
import { freshSeed, randomIntegers } from '#test/support/random.js';
import { Cutter } from './support/cutter.js';
import { hasten, pendingTimers } from './support/leaping-time.js';
import { RelayWorld } from './support/relay-world.js';
import { Talk } from './support/talk.js';
import { weather } from './support/weather.js';

const CLIENTS = 4;
const CUTS = 25;
/** Within this a half-open link is noticed, and after that a session ends that nobody comes back to. */
const EVERYTHING_ENDS_MS = 150_000;

/** Both ends are in this program, and timers of neither are left while it counts them. */
const held = (world: RelayWorld) => ({
  descriptors: descriptorsOf(process.pid).length,
  children: childrenOf(process.pid).length,
  timers: pendingTimers(),
  relay: world.relay.counts,
});

/** Clients that talk while their links, and that of the executor, are cut; then all of them leave. */
async function trouble(world: RelayWorld, below: (bound: number) => number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => world.connect()));
  const talks = await Promise.all(clients.map((client) => Talk.begin(client)));
  {
    using cutter = new Cutter(world.proxy, 150, below);
    await Promise.all(
      talks.map(async (talk) => {
        while (cutter.total < CUTS) await talk.exchange();
      }),
    );
  }
  const damage = weather({ lost: 2, twice: 2, damaged: 2, shortened: 1 }, below);
  world.executorLink.fate = damage;
  await Promise.all(talks.map((talk) => talk.exchange()));
  world.executorLink.fate = (frame) => [{ frame, delayMs: 0 }];
  // One leaves without a word, one in the middle of its process, the others as they should.
  const [silent] = world.proxy.whole('harness');
  silent!.silence();
  await Promise.all(talks.slice(2).map((talk) => talk.end()));
  await Promise.all(clients.map((client) => client.close()));
}

test.serial(
  'links that are cut, damaged and half-open leave no stream, session, process, timer or descriptor',
  async (t) => {
    const seed = freshSeed();
    t.log(`FARHAND_TEST_SEED=${seed}`);
    const below = randomIntegers(seed);
    await using world = await RelayWorld.open();
    const rest = async () => {
      for (const link of world.proxy.links) if (!link.isWhole) link.destroy();
      let over = false;
      setTimeout(() => {
        over = true;
      }, EVERYTHING_ENDS_MS);
      await hasten(() => over, 2 * EVERYTHING_ENDS_MS);
    };
    // What is made once and kept: workers, guards, stocks of pipes.
    await trouble(world, below);
    await rest();
    t.log(held(world));
    const before = held(world);
    await trouble(world, below);
    await rest();
    t.log(held(world));
    await eventually(() => descriptorsOf(process.pid).length <= before.descriptors);
    t.deepEqual(held(world), before);
  },
);
