/** With a trial that the test decides, and a clock that it moves. */
import test from 'ava';
import { Availability, type AvailabilityOptions } from '#src/bubblewrap/availability.js';
import type { Bubblewrap } from '#src/bubblewrap/bubblewrap.js';
import { type Finding, unavailable } from '#src/bubblewrap/finding.js';
import { INTERNAL_ERROR } from '#src/protocol/errors.js';

const BUBBLEWRAP: Bubblewrap = {
  path: '/usr/bin/bwrap',
  bindsDescriptors: true,
  takesArg0: true,
  ownProcesses: true,
  signalEnv: undefined,
};
const AVAILABLE: Finding = { is: 'available', bubblewrap: BUBBLEWRAP };

class World implements Disposable {
  now = 1000;
  trials: { readonly signal: AbortSignal; readonly end: (finding: Finding) => void }[] = [];
  readonly found: Finding[] = [];
  readonly availability: Availability;

  constructor(more: Partial<AvailabilityOptions> = {}) {
    this.availability = new Availability({
      probe: (signal) => new Promise((end) => this.trials.push({ signal, end })),
      found: (finding) => this.found.push(finding),
      now: () => this.now,
      ...more,
    });
  }

  /** Waits for trial number `n`, and ends it. */
  async end(n: number, finding: Finding): Promise<void> {
    while (this.trials.length < n) await turn();
    this.trials[n - 1]!.end(finding);
    await turn();
  }

  [Symbol.dispose](): void {
    this.availability.close();
  }
}

const turn = () => new Promise(setImmediate);
const refused = (message: string) => ({ code: INTERNAL_ERROR, message: `sandbox unavailable: ${message}` });

test('the trial begins in a later turn, and is waited for', async (t) => {
  using world = new World();
  t.is(world.trials.length, 0);
  let isReady = false;
  const ready = world.availability.ready().then(() => {
    isReady = true;
  });
  t.throws(() => world.availability.require(), refused('it is still being tried out'));
  await turn();
  await turn();
  t.false(isReady);
  await world.end(1, AVAILABLE);
  await ready;
  t.is(world.availability.require(), BUBBLEWRAP);
});

test('what is available is not tried again', async (t) => {
  using world = new World();
  await world.end(1, AVAILABLE);
  world.now += 1e9;
  await world.availability.ready();
  world.availability.require();
  await turn();
  t.is(world.trials.length, 1);
});

test('the refusal says why, and what can be done', async (t) => {
  using world = new World();
  await world.end(1, unavailable('bwrap: no', 'install it'));
  t.throws(() => world.availability.require(), refused('bwrap: no; install it'));
});

test('a failure is tried again after 30 s, not before, when a start asks', async (t) => {
  using world = new World();
  await world.end(1, unavailable('bwrap: no'));
  world.now += 29_999;
  t.throws(() => world.availability.require(), refused('bwrap: no'));
  await turn();
  await turn();
  t.is(world.trials.length, 1);
  world.now += 1;
  // The one who asks is not kept waiting.
  t.throws(() => world.availability.require(), refused('bwrap: no'));
  t.throws(() => world.availability.require(), refused('bwrap: no'));
  await world.end(2, AVAILABLE);
  t.is(world.trials.length, 2);
  t.is(world.availability.require(), BUBBLEWRAP);
});

test('a new session waits for the second trial, too', async (t) => {
  using world = new World();
  await world.end(1, unavailable('bwrap: no'));
  world.now += 30_000;
  const ready = world.availability.ready();
  await world.end(2, AVAILABLE);
  await ready;
  t.is(world.availability.require(), BUBBLEWRAP);
});

test('the operator is told of every change, and of nothing twice', async (t) => {
  using world = new World();
  const findings = [unavailable('a'), unavailable('a'), unavailable('b'), AVAILABLE];
  for (const [n, finding] of findings.entries()) {
    await world.end(n + 1, finding);
    world.now += 30_000;
    void world.availability.ready();
  }
  t.deepEqual(world.found, [unavailable('a'), unavailable('b'), AVAILABLE]);
});

test('a trial that never ends is given up', async (t) => {
  using world = new World({ limitMs: 20 });
  await world.availability.ready();
  t.throws(() => world.availability.require(), refused('no answer within 0.02 s'));
  t.true(world.trials[0]!.signal.aborted);
});

test('a trial that breaks is a failure', async (t) => {
  using world = new World({ probe: () => Promise.reject(new Error('broken')) });
  await world.availability.ready();
  t.throws(() => world.availability.require(), refused('trying it out failed: broken'));
});

test('closing ends a trial, and nobody is told', async (t) => {
  const world = new World();
  const ready = world.availability.ready();
  await turn();
  world.availability.close();
  await ready;
  t.true(world.trials[0]!.signal.aborted);
  t.deepEqual(world.found, []);
});
