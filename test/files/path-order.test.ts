import test from 'ava';
import fc from 'fast-check';
import { type Access, PathOrder } from '#src/files/path-order.js';

/** Work that the test ends; `began` and `ended` keep what happened. */
function scene() {
  const order = new PathOrder();
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, access: Access) =>
    order.run(access, () => {
      began.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string) => {
    ends.get(name)!();
    ends.delete(name);
    await new Promise(setImmediate);
  };
  return { order, began, ends, run, end };
}

test('reads of one place run together, a write behind them waits for all', async (t) => {
  const { began, run, end } = scene();
  void run('read 1', { reads: ['/a'] });
  void run('read 2', { reads: ['/a'] });
  void run('write', { writes: ['/a'] });
  t.deepEqual(began, ['read 1', 'read 2']);
  await end('read 1');
  t.deepEqual(began, ['read 1', 'read 2']);
  await end('read 2');
  t.deepEqual(began, ['read 1', 'read 2', 'write']);
});

test('a read behind a waiting write waits too', async (t) => {
  const { began, run, end } = scene();
  void run('read', { reads: ['/a'] });
  void run('write', { writes: ['/a'] });
  void run('late read', { reads: ['/a'] });
  t.deepEqual(began, ['read']);
  await end('read');
  t.deepEqual(began, ['read', 'write']);
  await end('write');
  t.deepEqual(began, ['read', 'write', 'late read']);
});

for (const [one, other, meet] of [
  ['/a/b', '/a/b/c', true],
  ['/a/b/c', '/a/b', true],
  ['/', '/a', true],
  ['/a/b', '/a/bc', false],
  ['/a/b', '/a/x', false],
] as const) {
  test(`a write of ${one} ${meet ? 'holds up' : 'does not hold up'} a read of ${other}`, (t) => {
    const { began, run, order } = scene();
    void run('write', { writes: [one] });
    t.is(order.isFree({ reads: [other] }), !meet);
    void run('read', { reads: [other] });
    t.is(began.includes('read'), !meet);
  });
}

test('a name that is not UTF-8 is below a folder whose name is', (t) => {
  const { order, run } = scene();
  void run('write', { writes: ['/é'] });
  t.false(order.isFree({ reads: [Buffer.concat([Buffer.from('/é/'), Buffer.of(0xff)])] }));
});

test('what fails makes way like what succeeds', async (t) => {
  const order = new PathOrder();
  await t.throwsAsync(
    order.run({ writes: ['/a'] }, async () => {
      throw new Error('failed');
    }),
    { message: 'failed' },
  );
  t.true(order.isFree({ writes: ['/a'] }));
});

test('thousands that wait for each other need little memory', async (t) => {
  const order = new PathOrder();
  const before = process.memoryUsage().heapUsed;
  const all = Array.from({ length: 3000 }, () => order.run({ writes: ['/a'] }, () => Promise.resolve()));
  t.true(process.memoryUsage().heapUsed - before < 50e6);
  await Promise.all(all);
});

// ---- at random ---------------------------------------------------------------------------------------------

const somePlace = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/x', '/x/y');
const somePlaces = fc.array(somePlace, { maxLength: 2 });
const someWork = fc.record({ reads: somePlaces, writes: somePlaces });

/** Told independently of the code: by segments. */
const isWithin = (place: string, folder: string) => {
  const [inner, outer] = [place, folder].map((path) => path.split('/').filter((segment) => segment !== ''));
  return outer!.every((segment, index) => inner![index] === segment);
};
const meet = (some: readonly string[], others: readonly string[]) =>
  some.some((one) => others.some((other) => isWithin(one, other) || isWithin(other, one)));
type Work = { readonly reads: string[]; readonly writes: string[] };
const conflict = (one: Work, other: Work) =>
  meet(one.writes, [...other.reads, ...other.writes]) || meet(other.writes, one.reads);

test('work that conflicts never runs together nor out of order, and work that does not never waits', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(someWork, { maxLength: 12 }), fc.infiniteStream(fc.nat()), async (works, choices) => {
      const { began, ends, run, end } = scene();
      for (const [index, work] of works.entries()) void run(`${index}`, work);
      const finished = new Set<number>();
      for (;;) {
        const running = [...ends.keys()].map(Number);
        const expected = works.flatMap((work, index) => {
          const isHeldUp = works.slice(0, index).some((earlier, at) => !finished.has(at) && conflict(earlier, work));
          return isHeldUp || finished.has(index) ? [] : [index];
        });
        t.deepEqual(
          running.sort((a, b) => a - b),
          expected,
        );
        if (running.length === 0) break;
        const next = running[choices.next().value! % running.length]!;
        finished.add(next);
        await end(`${next}`);
      }
      t.is(began.length, works.length);
    }),
    { numRuns: 200 },
  );
});
