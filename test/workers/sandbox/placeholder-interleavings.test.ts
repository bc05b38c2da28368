/** Whatever order the steps of several threads come in, and whoever dies: no placeholder goes under a living sandbox, none is left. */
import { mkdirSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { type Choose, interleave, SharedScene, switchingAfter } from './support/shared-scene.js';

/** Steps that one sandbox makes alone, from plan to end: counted below. */
const ALONE = 30;

const sandboxes = (scene: SharedScene, names: readonly string[]) =>
  new Map(names.map((name) => [name, scene.sandbox(name)]));

function outcome(names: readonly string[], choose: Choose) {
  using scene = new SharedScene();
  const fault = interleave(scene, sandboxes(scene, names), choose);
  return { fault, left: scene.leftovers() };
}

test('a sandbox alone makes no more steps than the other tests think', (t) => {
  let most = 0;
  const { fault, left } = outcome(['a'], ([name], step) => {
    most = step;
    return name!;
  });
  t.deepEqual({ fault, left }, { fault: undefined, left: [] });
  t.true(most > ALONE / 2 && most < ALONE, String(most));
});

test('two sandboxes, one switched to the other and back at any two steps', (t) => {
  for (let first = 0; first < 2 * ALONE; first++) {
    for (let second = first + 1; second < 2 * ALONE; second++) {
      const { fault, left } = outcome(['a', 'b'], switchingAfter([first, second]));
      if (fault !== undefined || left.length > 0) t.fail(`${first}, ${second}: ${fault}, ${left}`);
    }
  }
  t.pass();
});

const order = fc.array(fc.nat({ max: 5 }), { minLength: 200, maxLength: 200, size: 'max' });
const inOrder =
  (picks: readonly number[]): Choose =>
  (ready, step) =>
    ready[picks[step % picks.length]! % ready.length]!;

test('three sandboxes in any order', (t) => {
  fc.assert(
    fc.property(order, (picks) => {
      const { fault, left } = outcome(['a', 'b', 'c'], inOrder(picks));
      return fault === undefined && left.length === 0;
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('one dies at any step, while another goes on; the next removes what is left', (t) => {
  fc.assert(
    fc.property(order, fc.nat({ max: ALONE }), (picks, death) => {
      using scene = new SharedScene();
      const mortal = scene.sandbox('mortal');
      const actors = sandboxes(scene, ['b']).set('mortal', mortal);
      let steps = 0;
      const fault = interleave(scene, actors, (ready, step) => {
        let name = inOrder(picks)(ready, step);
        if (name === 'mortal' && steps++ === death) {
          scene.kill('mortal');
          actors.delete('mortal');
          name = 'b';
          if (!actors.has('b')) actors.set('b', scene.sandbox('b'));
        }
        return name;
      });
      const after = interleave(scene, sandboxes(scene, ['c']), ([name]) => name!);
      const swept = interleave(scene, new Map([['d', scene.registry('d').sweep()]]), ([name]) => name!);
      return [fault, after, swept].every((what) => what === undefined) && scene.leftovers().length === 0;
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('a sweep at any two moments of a life takes nothing', (t) => {
  for (let first = 0; first < 2 * ALONE; first++) {
    for (let second = first + 1; second < 2 * ALONE; second += 3) {
      using scene = new SharedScene();
      const actors = sandboxes(scene, ['a']).set('s', scene.registry('s').sweep());
      t.is(interleave(scene, actors, switchingAfter([first, second])), undefined);
      t.deepEqual(scene.leftovers(), []);
    }
  }
});

test('what somebody had before stays, in whatever order sandboxes come', (t) => {
  fc.assert(
    fc.property(order, (picks) => {
      using scene = new SharedScene();
      mkdirSync(scene.path);
      const fault = interleave(scene, sandboxes(scene, ['a', 'b', 'c']), inOrder(picks));
      return fault === undefined && scene.leftovers().join() === 'it';
    }),
    { numRuns: 100 },
  );
  t.pass();
});
