import test from 'ava';
import fc from 'fast-check';
import { type Lane, Lanes } from '#src/rpc/lanes.js';

/** Everything that may run now, in order. */
function runAll(lanes: Lanes<string>): string[] {
  const ran: string[] = [];
  for (let next = lanes.next(); next; next = lanes.next()) ran.push(next.item);
  return ran;
}

test('requests of one lane run in the order of their coming', (t) => {
  const lanes = new Lanes<string>(10);
  for (const item of ['a', 'b', 'c']) lanes.push('ordinary', item);
  t.deepEqual(runAll(lanes), ['a', 'b', 'c']);
});

test('control overtakes what came before it and has not begun', (t) => {
  const lanes = new Lanes<string>(10);
  lanes.push('ordinary', 'read');
  lanes.push('control', 'start');
  lanes.push('control', 'terminate');
  t.deepEqual(runAll(lanes), ['start', 'terminate', 'read']);
});

test('no more ordinary requests run at once than there are permits', (t) => {
  const lanes = new Lanes<string>(2);
  for (const item of ['a', 'b', 'c', 'd']) lanes.push('ordinary', item);
  t.deepEqual(runAll(lanes), ['a', 'b']);
  t.false(lanes.runnable);
  t.is(lanes.waiting, 2);
  lanes.finished('ordinary');
  t.true(lanes.runnable);
  t.deepEqual(runAll(lanes), ['c']);
});

test('control needs no permit and gives none back', (t) => {
  const lanes = new Lanes<string>(1);
  for (const item of ['a', 'b']) lanes.push('ordinary', item);
  t.deepEqual(runAll(lanes), ['a']);
  lanes.push('control', 'c');
  t.true(lanes.runnable);
  t.deepEqual(runAll(lanes), ['c']);
  lanes.finished('control');
  t.deepEqual(runAll(lanes), []);
});

test('without anything to run there is nothing', (t) => {
  const lanes = new Lanes<string>(1);
  t.false(lanes.runnable);
  t.is(lanes.waiting, 0);
  t.is(lanes.next(), undefined);
});

const anyAction = fc.oneof(
  fc.constantFrom<Lane>('control', 'ordinary').map((lane) => ({ do: 'push', lane }) as const),
  fc.constant({ do: 'next' } as const),
  fc.constant({ do: 'finish' } as const),
);

test('every request runs once, in the order of its lane, within the permits', (t) => {
  fc.assert(
    fc.property(fc.array(anyAction, { maxLength: 100 }), fc.integer({ min: 1, max: 4 }), (actions, permits) => {
      const lanes = new Lanes<number>(permits);
      const came: Record<Lane, number[]> = { control: [], ordinary: [] };
      const ran: Record<Lane, number[]> = { control: [], ordinary: [] };
      let running = 0;
      for (const [index, action] of actions.entries()) {
        if (action.do === 'push') {
          lanes.push(action.lane, index);
          came[action.lane].push(index);
        } else if (action.do === 'finish' && running > 0) {
          lanes.finished('ordinary');
          running -= 1;
        } else if (action.do === 'next') {
          const { runnable } = lanes;
          const next = lanes.next();
          t.is(next !== undefined, runnable);
          if (!next) continue;
          ran[next.lane].push(next.item);
          if (next.lane === 'ordinary') running += 1;
          else t.true(came.control.includes(next.item));
          t.true(running <= permits);
        }
        for (const lane of ['control', 'ordinary'] as const) {
          t.deepEqual(ran[lane], came[lane].slice(0, ran[lane].length));
        }
        const waiting = came.control.length + came.ordinary.length - ran.control.length - ran.ordinary.length;
        t.is(lanes.waiting, waiting);
      }
    }),
  );
});
