import test from 'ava';
import fc from 'fast-check';
import { HELD_FRAME_BYTES } from '#src/protocol/limits.js';
import { FairQueue } from '#src/rendezvous/fair-queue.js';

test('sources take turns, and each keeps its order', (t) => {
  const queue = new FairQueue<string>();
  for (const [source, n] of [
    ['a', 1],
    ['a', 2],
    ['a', 3],
    ['b', 4],
    ['c', 5],
    ['b', 6],
  ] as const) {
    queue.push(source, Uint8Array.of(n));
  }
  const order = Array.from({ length: 7 }, () => queue.shift()?.frame[0]);
  t.deepEqual(order, [1, 4, 5, 2, 6, 3, undefined]);
});

test('what is held is counted to the byte, whatever comes, leaves and is dropped', (t) => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), source: fc.nat(3), bytes: fc.nat(100) }),
    fc.record({ do: fc.constant('drop' as const), source: fc.nat(3) }),
    fc.constant({ do: 'shift' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new FairQueue<number>();
      let model: { source: number; bytes: number }[] = [];
      for (const each of steps) {
        if (each.do === 'push') {
          queue.push(each.source, new Uint8Array(each.bytes));
          model.push(each);
        } else if (each.do === 'drop') {
          queue.drop(each.source);
          model = model.filter(({ source }) => source !== each.source);
        } else {
          const next = queue.shift();
          const index = model.findIndex(({ source }) => source === next?.source);
          if (index < 0) return next === undefined && model.length === 0;
          if (model[index]?.bytes !== next?.frame.byteLength) return false;
          model.splice(index, 1);
        }
        const cost = (of: typeof model) => of.reduce((sum, { bytes }) => sum + bytes + HELD_FRAME_BYTES, 0);
        if (queue.cost !== cost(model)) return false;
        if (queue.costOf(0) !== cost(model.filter(({ source }) => source === 0))) return false;
      }
      return true;
    }),
  );
  t.pass();
});
