import test from 'ava';
import fc from 'fast-check';
import { type StdinEffect, StdinLedger } from '#src/process/stdin-ledger.js';
import { asWriteId } from '#src/protocol/ids.js';
import {
  QUEUED_STDIN_BYTES,
  QUEUED_STDIN_CHUNKS,
  REMEMBERED_WRITE_IDS,
  WAITING_STDIN_BYTES,
  WAITING_STDIN_WRITES,
} from '#src/protocol/limits.js';

const ROOM = QUEUED_STDIN_CHUNKS + 1;

/** A ledger that is offered one write per number; the id is the number unless said otherwise. */
function ledger() {
  const machine = new StdinLedger<number>();
  return {
    machine,
    offer: (offer: number, id = String(offer)) => told(machine.offer(asWriteId(id), Buffer.from(String(offer)), offer)),
    taken: (writes = 1) => told(machine.taken(writes)),
    exited: () => told(machine.exited()),
    terminated: () => told(machine.terminated()),
    fill: () => {
      for (let offer = 1; offer <= ROOM; offer += 1) machine.offer(asWriteId(String(offer)), Buffer.of(0), offer);
    },
  };
}

const told = (effects: StdinEffect<number>[]): string[] =>
  effects.map((effect) =>
    effect.do === 'write' ? `write ${Buffer.from(effect.bytes)}` : `${effect.do} ${effect.offer}`,
  );

test('a write goes to the process and is accepted', (t) => {
  t.deepEqual(ledger().offer(1), ['write 1', 'accept 1']);
});

test('a write repeated with the same id is accepted and not written, even with other bytes', (t) => {
  const { offer, taken } = ledger();
  offer(1, 'w');
  t.deepEqual(offer(2, 'w'), ['accept 2']);
  taken();
  t.deepEqual(offer(3, 'w'), ['accept 3']);
});

test('128 chunks queue behind the one in flight, the next write waits for room', (t) => {
  const { machine, offer, taken } = ledger();
  for (let count = 1; count <= ROOM; count += 1) t.deepEqual(offer(count), [`write ${count}`, `accept ${count}`]);
  t.deepEqual(offer(ROOM + 1), []);
  t.is(machine.waiting, 1);
  t.deepEqual(taken(), [`write ${ROOM + 1}`, `accept ${ROOM + 1}`]);
  t.is(machine.waiting, 0);
});

test('waiting writes get room in the order they came, also when several chunks are taken at once', (t) => {
  const { fill, offer, taken } = ledger();
  fill();
  for (const count of [201, 202, 203]) offer(count);
  t.deepEqual(taken(2), ['write 201', 'accept 201', 'write 202', 'accept 202']);
  t.deepEqual(offer(204), []);
  t.deepEqual(taken(), ['write 203', 'accept 203']);
  t.deepEqual(taken(), ['write 204', 'accept 204']);
});

test('an id known already is accepted while others wait', (t) => {
  const { fill, offer } = ledger();
  fill();
  offer(201);
  t.deepEqual(offer(202, '1'), ['accept 202']);
});

test('of two waiting writes with one id the first is written, both are accepted', (t) => {
  const { fill, offer, taken } = ledger();
  fill();
  offer(201, 'w');
  offer(202, 'w');
  offer(203);
  t.deepEqual(taken(), ['write 201', 'accept 201', 'accept 202']);
  t.deepEqual(taken(), ['write 203', 'accept 203']);
});

test('a withdrawn write was never offered: its id is free and its place in line is gone', (t) => {
  const { machine, fill, offer, taken } = ledger();
  fill();
  offer(201, 'w');
  offer(202);
  machine.withdraw(201);
  t.deepEqual(taken(), ['write 202', 'accept 202']);
  t.deepEqual(taken(), []);
  t.deepEqual(offer(203, 'w'), ['write 203', 'accept 203']);
});

test('withdrawing an accepted write changes nothing', (t) => {
  const { machine, offer } = ledger();
  offer(1, 'w');
  machine.withdraw(1);
  t.deepEqual(offer(2, 'w'), ['accept 2']);
});

test('the last 4096 accepted ids are remembered, the one before them is not', (t) => {
  const { offer, taken } = ledger();
  for (let count = 0; count < REMEMBERED_WRITE_IDS; count += 1) {
    offer(count);
    taken();
  }
  t.deepEqual(offer(10_000, '0'), ['accept 10000']);
  // Being repeated does not make an id younger.
  offer(10_001, 'new');
  t.deepEqual(offer(10_002, '1'), ['accept 10002']);
  t.deepEqual(offer(10_003, '0'), ['write 10003', 'accept 10003']);
});

test('after an exit waiting and later writes are accepted, and nothing is written', (t) => {
  const { fill, offer, taken, exited } = ledger();
  fill();
  offer(201);
  t.deepEqual(exited(), ['accept 201']);
  t.deepEqual(offer(202), ['accept 202']);
  t.deepEqual(offer(203, '1'), ['accept 203']);
  t.deepEqual(taken(), []);
});

test('after a terminate waiting and new writes are refused, known ids are still accepted', (t) => {
  const { fill, offer, terminated, exited } = ledger();
  fill();
  offer(201);
  t.deepEqual(terminated(), ['refuse 201']);
  t.deepEqual(offer(202), ['refuse 202']);
  t.deepEqual(offer(203, '1'), ['accept 203']);
  t.deepEqual(exited(), []);
  t.deepEqual(offer(204), ['refuse 204']);
});

test('a terminate that comes after the exit changes nothing', (t) => {
  const { offer, terminated, exited } = ledger();
  exited();
  t.deepEqual(terminated(), []);
  t.deepEqual(offer(1), ['accept 1']);
});

const input = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('offer' as const), id: fc.integer({ min: 0, max: 400 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('taken' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), back: fc.integer({ min: 1, max: 20 }) }) },
);

test('in any history a writeId reaches stdin at most once, in order, within bounds, and every offer is answered once', (t) => {
  fc.assert(
    fc.property(fc.array(input, { minLength: 200, maxLength: 600 }), fc.boolean(), (inputs, killed) => {
      const machine = new StdinLedger<number>();
      const ids: number[] = [];
      const written: number[] = [];
      const answered = new Map<number, string>();
      const withdrawn = new Set<number>();
      let untaken = 0;
      const run = (effects: StdinEffect<number>[]) => {
        for (const effect of effects) {
          if (effect.do === 'write') {
            written.push(Buffer.from(effect.bytes).readUInt32LE());
            untaken += 1;
          } else {
            t.false(answered.has(effect.offer) || withdrawn.has(effect.offer));
            answered.set(effect.offer, effect.do);
          }
        }
        t.true(untaken <= ROOM);
      };
      for (const each of inputs) {
        switch (each.do) {
          case 'offer': {
            const bytes = Buffer.alloc(4);
            bytes.writeUInt32LE(ids.length);
            ids.push(each.id);
            run(machine.offer(asWriteId(String(each.id)), bytes, ids.length - 1));
            break;
          }
          case 'taken': {
            const writes = Math.floor(untaken * each.part);
            untaken -= writes;
            run(machine.taken(writes));
            break;
          }
          case 'withdraw': {
            const offer = ids.length - each.back;
            if (offer < 0 || answered.has(offer)) break;
            withdrawn.add(offer);
            machine.withdraw(offer);
          }
        }
      }
      run(killed ? machine.terminated() : machine.exited());
      t.is(new Set(written.map((offer) => ids[offer])).size, written.length, 'each id once');
      t.deepEqual(
        written,
        written.toSorted((a, b) => a - b),
        'in the order of the offers',
      );
      t.is(answered.size + withdrawn.size, ids.length, 'each offer answered or withdrawn');
      t.true([...withdrawn].every((offer) => !written.includes(offer)));
    }),
    { numRuns: 100 },
  );
});

test('large chunks fill the room by their bytes, but a first one always has it', (t) => {
  const ledger = new StdinLedger<string>();
  const large = Buffer.alloc(QUEUED_STDIN_BYTES + 1);
  t.deepEqual(
    ledger.offer(asWriteId('1'), large, 'first').map((effect) => effect.do),
    ['write', 'accept'],
  );
  t.deepEqual(ledger.offer(asWriteId('2'), Buffer.from('x'), 'second'), []);
  t.deepEqual(
    ledger.taken(1).map((effect) => effect.do),
    ['write', 'accept'],
  );
});

test('what would make too many writes or bytes wait is turned away, and was never offered', (t) => {
  const many = fullLedger();
  for (let n = 0; n < WAITING_STDIN_WRITES; n += 1)
    t.deepEqual(many.offer(asWriteId(`w${n}`), Buffer.from('x'), n), []);
  t.deepEqual(many.offer(asWriteId('late'), Buffer.from('x'), -1), [{ do: 'turnAway', offer: -1 }]);
  many.taken(1);
  t.deepEqual(many.offer(asWriteId('late'), Buffer.from('x'), -1), []);

  const large = fullLedger();
  t.deepEqual(large.offer(asWriteId('a'), Buffer.alloc(WAITING_STDIN_BYTES), 1), []);
  t.deepEqual(large.offer(asWriteId('b'), Buffer.from('x'), 2), [{ do: 'turnAway', offer: 2 }]);
  large.withdraw(1);
  t.deepEqual(large.offer(asWriteId('b'), Buffer.from('x'), 3), []);
});

/** One that has as many accepted chunks as there is room for. */
function fullLedger(): StdinLedger<number> {
  const ledger = new StdinLedger<number>();
  for (let n = 0; n <= QUEUED_STDIN_CHUNKS; n += 1) ledger.offer(asWriteId(`full${n}`), Buffer.from('x'), -n - 2);
  return ledger;
}
