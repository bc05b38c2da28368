/** Whatever order the steps of several threads come in, and whoever dies: no placeholder goes under a living sandbox, none is left. */
import { mkdirSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { inTurns, interleave, SharedScene, type Turn } from './support/shared-scene.js';

/** No sandbox makes more steps from its plan to its end, and to the end of its release. */
const ALONE = 30;
const RELEASE = 8;

const sandboxes = (scene: SharedScene, names: readonly string[]) =>
  new Map(names.map((name) => [name, scene.sandbox(name)]));

/** What went wrong, undefined if nothing. */
function wrong(names: readonly string[], turns: readonly Turn[]): string | undefined {
  using scene = new SharedScene();
  const fault = interleave(scene, sandboxes(scene, names), inTurns(scene, turns));
  const left = scene.leftovers();
  return fault ?? (left.length > 0 ? `left: ${left}` : undefined);
}

test('no sandbox makes more steps than these tests think', (t) => {
  let steps = 0;
  let releasing = 0;
  using scene = new SharedScene();
  for (const _ of scene.sandbox('a')) {
    steps += 1;
    if (releasing > 0 || scene.relies('a')) releasing += 1;
  }
  t.true(steps > ALONE / 2 && steps < ALONE, String(steps));
  t.true(releasing > RELEASE / 2 && releasing < RELEASE, String(releasing));
});

test('one begins and ends while another plans and relies on it, from any step on', (t) => {
  for (let planned = 0; planned < ALONE; planned++) {
    for (let lived = 0; lived < ALONE; lived++) {
      const fault = wrong(
        ['a', 'b'],
        [
          ['b', planned],
          ['a', lived],
          ['b', 'relies'],
          ['a', 'ends'],
        ],
      );
      if (fault !== undefined) t.fail(`${planned}, ${lived}: ${fault}`);
    }
  }
  t.pass();
});

test('one ends at any step of a second one that begins, and at any step of a third', (t) => {
  for (let began = 0; began < ALONE; began++) {
    for (let ended = 0; ended < RELEASE; ended++) {
      const two: Turn[] = [
        ['a', 'relies'],
        ['b', began],
        ['a', ended],
        ['b', 'relies'],
        ['a', 'ends'],
      ];
      const three: Turn[] = [['c', 'relies'], ...two.slice(0, 3), ['c', 'ends'], ...two.slice(3)];
      for (const fault of [wrong(['a', 'b'], two), wrong(['a', 'b', 'c'], three)]) {
        if (fault !== undefined) t.fail(`${began}, ${ended}: ${fault}`);
      }
    }
  }
  t.pass();
});

test('two end at once', (t) => {
  for (let first = 0; first < RELEASE; first++) {
    for (let second = 0; second < RELEASE; second++) {
      t.is(
        wrong(
          ['a', 'b'],
          [
            ['a', 'relies'],
            ['b', 'relies'],
            ['a', first],
            ['b', second],
            ['a', 'ends'],
          ],
        ),
        undefined,
      );
    }
  }
});

const turns = (names: readonly string[]) =>
  fc.array(
    fc.tuple(fc.constantFrom(...names), fc.oneof(fc.integer({ min: 1, max: 15 }), fc.constant('relies' as const))),
    {
      minLength: 4,
      maxLength: 16,
    },
  );

test('three sandboxes in any turns', (t) => {
  fc.assert(
    fc.property(turns(['a', 'b', 'c']), (order) => wrong(['a', 'b', 'c'], order) === undefined),
    { numRuns: 400 },
  );
  t.pass();
});

test('one dies after any step, while others go on; who comes next removes what is left', (t) => {
  fc.assert(
    fc.property(turns(['mortal', 'b']), fc.nat({ max: ALONE }), fc.boolean(), (order, age, sweeps) => {
      using scene = new SharedScene();
      const mortal = scene.sandbox('mortal');
      function* life() {
        for (let step = 0; step < age; step++) {
          const { done, value } = mortal.next();
          if (done) return;
          yield value;
        }
        scene.kill('mortal');
      }
      const actors = sandboxes(scene, ['b']).set('mortal', life());
      const fault = interleave(scene, actors, inTurns(scene, order));
      const next = sweeps ? scene.registry('d').sweep() : scene.sandbox('d');
      const after = interleave(scene, new Map([['d', next]]), ([name]) => name!);
      if (!sweeps) interleave(scene, new Map([['e', scene.registry('e').sweep()]]), ([name]) => name!);
      return fault === undefined && after === undefined && scene.leftovers().length === 0;
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('a sweep at any moment of a life takes nothing from it', (t) => {
  for (let lived = 0; lived < ALONE; lived++) {
    for (let swept = 0; swept < RELEASE; swept++) {
      using scene = new SharedScene();
      const actors = sandboxes(scene, ['a']).set('s', scene.registry('s').sweep());
      const order = inTurns(scene, [
        ['a', lived],
        ['s', swept],
        ['a', 'relies'],
        ['s', 'ends'],
      ]);
      t.is(interleave(scene, actors, order), undefined);
      t.deepEqual(scene.leftovers(), []);
    }
  }
});

test('what somebody had before stays, in whatever turns sandboxes come', (t) => {
  fc.assert(
    fc.property(turns(['a', 'b', 'c']), (order) => {
      using scene = new SharedScene();
      mkdirSync(scene.path);
      const fault = interleave(scene, sandboxes(scene, ['a', 'b', 'c']), inTurns(scene, order));
      return fault === undefined && scene.leftovers().join() === 'it';
    }),
    { numRuns: 100 },
  );
  t.pass();
});
