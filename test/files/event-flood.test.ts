import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { EventFlood } from '#src/files/event-flood.js';

/** Half of what the kernel keeps. */
const FLOOD_EVENTS = 8192;

const events = (flood: EventFlood, count: number) => {
  for (let event = 0; event < count; event++) flood.event();
};

test('whoever watches is told of a flood, and nobody of less', (t) => {
  const flood = new EventFlood();
  const told: string[] = [];
  flood.watch(() => told.push('a'));
  flood.watch(() => told.push('b'));
  events(flood, FLOOD_EVENTS - 1);
  t.deepEqual(told, []);
  events(flood, 1);
  t.deepEqual(told, ['a', 'b']);
});

test('events of several turns are no flood', async (t) => {
  const flood = new EventFlood();
  flood.watch(() => t.fail());
  for (let turn = 0; turn < 3; turn++) {
    events(flood, FLOOD_EVENTS - 1);
    await setImmediate();
  }
  t.pass();
});

test('whoever has ended watching is told no more, also while others are told', (t) => {
  const flood = new EventFlood();
  const told: string[] = [];
  const end = flood.watch(() => told.push('ended before'));
  const endOther = flood.watch(() => {
    told.push('ends itself');
    endOther();
  });
  flood.watch(() => told.push('stays'));
  end();
  events(flood, 2 * FLOOD_EVENTS);
  t.deepEqual(told, ['ends itself', 'stays', 'stays']);
});
