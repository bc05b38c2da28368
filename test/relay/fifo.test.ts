import test from 'ava';
import fc from 'fast-check';
import { Fifo } from '#src/relay/fifo.js';

test('what goes in first comes out first', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('push', 'push', 'shift', 'drain'), { maxLength: 60 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const [index, step] of steps.entries()) {
        if (step === 'push') {
          fifo.push(index);
          model.push(index);
        } else if (step === 'shift') t.is(fifo.shift(), model.shift());
        else if (index % 5 === 0) t.deepEqual(fifo.drain(), model.splice(0));
        t.is(fifo.size, model.length);
        t.is(fifo.first, model[0]);
      }
    }),
    { seed: 10 },
  );
  t.pass();
});
