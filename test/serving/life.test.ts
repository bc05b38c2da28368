import test from 'ava';
import { type Life, type LifeEffect, type LifeEvent, step } from '#src/serving/life.js';

const ASKED: LifeEvent = { event: 'asked' };
const DRAINED: LifeEvent = { event: 'drained' };
const INPUT_CLOSED: LifeEvent = { event: 'inputClosed' };
const RELOAD: LifeEvent = { event: 'hungUp', terminalIsGone: false };
const TERMINAL_GONE: LifeEvent = { event: 'hungUp', terminalIsGone: true };

/** With time to drain: state, event, next state and effect. */
const steps: [Life, LifeEvent, Life, LifeEffect | undefined][] = [
  ['serving', ASKED, 'draining', 'drain'],
  ['serving', TERMINAL_GONE, 'draining', 'drain'],
  ['serving', RELOAD, 'serving', 'reload'],
  ['serving', INPUT_CLOSED, 'ending', 'end'],
  ['serving', DRAINED, 'serving', undefined],
  ['draining', ASKED, 'ending', 'end'],
  ['draining', TERMINAL_GONE, 'ending', 'end'],
  ['draining', RELOAD, 'draining', 'reload'],
  ['draining', INPUT_CLOSED, 'ending', 'end'],
  ['draining', DRAINED, 'ending', 'end'],
];
for (const [now, event, next, effect] of steps) {
  test(`${now}, ${JSON.stringify(event)}: ${next}, ${effect}`, (t) =>
    t.deepEqual(step(now, event, true), [next, effect]));
}

for (const event of [ASKED, TERMINAL_GONE]) {
  test(`without time to drain ${JSON.stringify(event)} is the end`, (t) => {
    t.deepEqual(step('serving', event, false), ['ending', 'end']);
  });
}

test('it ends once', (t) => {
  for (const event of [ASKED, DRAINED, INPUT_CLOSED, RELOAD, TERMINAL_GONE]) {
    t.deepEqual(step('ending', event, true), ['ending', undefined]);
  }
});
