import test from 'ava';
import fc from 'fast-check';
import { EventOrder, type OrderedEvent } from '#src/process/event-order.js';
import type { StreamName } from '#src/rings/record-layout.js';

const PIPES: readonly StreamName[] = ['stdout', 'stderr'];

test('output is numbered from 1 and the ends follow it', (t) => {
  const order = new EventOrder(PIPES);
  t.is(order.output(), 1);
  t.is(order.output(), 2);
  t.deepEqual(order.streamEnded('stdout'), []);
  t.deepEqual(order.streamEnded('stderr'), []);
  t.deepEqual(order.exited(3, false), [
    { event: 'exited', seq: 3, exitCode: 3, sandboxDenied: false },
    { event: 'closed', seq: 4 },
  ]);
});

test('exited and closed come out together when the streams are at their end', (t) => {
  const order = new EventOrder(['pty']);
  order.streamEnded('pty');
  t.deepEqual(
    order.exited(0, false).map(({ event }) => event),
    ['exited', 'closed'],
  );
});

test('streams that end before the exit tell nothing', (t) => {
  const order = new EventOrder(PIPES);
  t.deepEqual([...order.streamEnded('stderr'), ...order.streamEnded('stdout')], []);
  t.deepEqual(order.told, []);
});

test('output of descendants stands between exited and closed', (t) => {
  const order = new EventOrder(PIPES);
  t.deepEqual(order.exited(0, false), [{ event: 'exited', seq: 1, exitCode: 0, sandboxDenied: false }]);
  t.is(order.output(), 2);
  t.deepEqual(order.streamEnded('stdout'), []);
  t.is(order.output(), 3);
  t.deepEqual(order.streamEnded('stderr'), [{ event: 'closed', seq: 4 }]);
});

test('an exit tells whether a sandbox has denied something', (t) => {
  t.like(new EventOrder(PIPES).exited(1, true), [{ event: 'exited', exitCode: 1, sandboxDenied: true }]);
});

test('it is open until the last stream has ended or all are given up', (t) => {
  const order = new EventOrder(PIPES);
  order.streamEnded('stdout');
  t.true(order.isOpen);
  order.streamEnded('stderr');
  t.false(order.isOpen);
  const cut = new EventOrder(PIPES);
  cut.cut();
  t.false(cut.isOpen);
});

test('streams given up after the exit close the process at once, whoever holds them', (t) => {
  const order = new EventOrder(PIPES);
  order.exited(137, false);
  t.deepEqual(order.cut(), [{ event: 'closed', seq: 2 }]);
  t.deepEqual(order.streamEnded('stdout'), []);
  t.deepEqual(order.cut(), []);
});

test('streams given up before the exit close it together with the exit', (t) => {
  const order = new EventOrder(PIPES);
  t.deepEqual(order.cut(), []);
  t.is(order.exited(137, false).length, 2);
});

test('a stream that ends twice counts once', (t) => {
  const order = new EventOrder(PIPES);
  order.exited(0, false);
  t.deepEqual(order.streamEnded('stdout'), []);
  t.deepEqual(order.streamEnded('stdout'), []);
  t.is(order.streamEnded('stderr').length, 1);
});

test('nothing follows closed, and no process ends twice', (t) => {
  const order = new EventOrder([]);
  order.exited(0, false);
  t.throws(() => order.output());
  t.throws(() => order.exited(0, false));
});

/** Any interleaving of what can happen to a process with two pipes. */
const history = fc
  .tuple(fc.nat(20), fc.nat(20), fc.boolean())
  .chain(([out, err, cut]) =>
    fc.shuffledSubarray(
      [
        ...Array.from({ length: out }, () => 'stdout' as const),
        ...Array.from({ length: err }, () => 'stderr' as const),
        'exit' as const,
        ...(cut ? (['cut'] as const) : []),
      ].map((what, index) => ({ what, index })),
      { minLength: out + err + 1 + (cut ? 1 : 0) },
    ),
  )
  .map((steps) => steps.map(({ what }) => what));

test('in any history the numbers are 1, 2, 3, ..., closed is the last, and whoever sees it has every byte', (t) => {
  fc.assert(
    fc.property(history, (steps) => {
      const order = new EventOrder(PIPES);
      const wire: ({ event: 'output'; seq: number } | OrderedEvent)[] = [];
      let cut = false;
      steps.forEach((step, index) => {
        switch (step) {
          case 'exit':
            wire.push(...order.exited(0, false));
            break;
          case 'cut':
            cut = true;
            wire.push(...order.cut());
            break;
          default:
            if (cut) break;
            wire.push({ event: 'output', seq: order.output() });
            if (!steps.includes(step, index + 1)) wire.push(...order.streamEnded(step));
        }
      });
      for (const stream of PIPES) wire.push(...order.streamEnded(stream));
      t.deepEqual(
        wire.map(({ seq }) => seq),
        wire.map((_, index) => index + 1),
      );
      t.is(wire.at(-1)?.event, 'closed');
      t.is(wire.filter(({ event }) => event === 'closed').length, 1);
      t.is(wire.filter(({ event }) => event === 'exited').length, 1);
      t.deepEqual(
        wire.filter(({ event }) => event !== 'output'),
        order.told,
      );
    }),
  );
});
