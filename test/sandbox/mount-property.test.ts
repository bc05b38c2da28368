import test from 'ava';
import fc from 'fast-check';
import { RpcError } from '#src/protocol/errors.js';
import { accessOf } from '#src/sandbox/access.js';
import { followLinks } from '#src/sandbox/follow-links.js';
import { planMounts } from '#src/sandbox/mount-plan.js';
import { between, entryOf, isWithin } from '#src/sandbox/paths.js';
import { isProvided } from '#src/sandbox/provided.js';
import { FakeDisk } from './support/fake-disk.js';
import { MountModel } from './support/mount-model.js';
import { NO_FACTS, policy } from './support/policies.js';

const name = fc.constantFrom('a', 'b', 'c', '.git');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const thing = fc.oneof(
  { weight: 6, arbitrary: fc.constant('dir') },
  { weight: 3, arbitrary: fc.constant('text') },
  { weight: 1, arbitrary: path.map((target) => `-> ${target}`) },
);
/** Shallow paths first, and nothing below what is no directory. */
const drawing = fc.array(fc.tuple(path, thing), { maxLength: 12 }).map((entries) => {
  const drawn: Record<string, string> = {};
  for (const [at, what] of entries.toSorted(([a], [b]) => a.length - b.length)) {
    const isBlocked = between('/', at).some((above) => (drawn[above] ?? 'dir') !== 'dir');
    if (!isBlocked && drawn[at] === undefined) drawn[at] = what;
  }
  return { '/dev': 'dir', '/proc/sys': 'dir', ...drawn };
});
const access = fc.constantFrom('read', 'write', 'deny');
/** Most rules are about what is there, some about what is not; the root has one of its own. */
const aim = fc.oneof({ weight: 6, arbitrary: fc.nat() }, { weight: 1, arbitrary: path });
const world = fc
  .tuple(
    drawing,
    fc.option(access, { freq: 4 }),
    fc.array(fc.tuple(access, aim), { maxLength: 6 }),
    fc.option(fc.tuple(aim, fc.constantFrom('*', '**/a', '[ab]')), { freq: 1 }),
  )
  .map(([drawn, root, rules, glob]) => {
    const there = Object.keys(drawn).filter((at) => !isProvided(at));
    const aimed = (at: number | string) => (typeof at === 'string' ? at : (there[at % there.length] ?? '/a'));
    const asked = [
      ...(root === null ? [] : [`${root} /`]),
      ...rules.map(([word, at]) => `${word} ${aimed(at)}`),
      ...(glob === null ? [] : [`glob ${aimed(glob[0])} ${glob[1]}`]),
    ];
    return { drawn, asked };
  });

/** Undefined for a policy that is refused on this disk. */
function planned(drawn: Record<string, string>, asked: readonly string[]) {
  const disk = new FakeDisk(drawn);
  try {
    const made = planMounts(policy(...asked), disk, NO_FACTS);
    return { disk, made, model: new MountModel(disk, made.operations) };
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

/** What has no link in its path and is not the sandbox's own. */
const real = (disk: FakeDisk) =>
  disk
    .paths()
    .filter((at) => !isProvided(at) && followLinks(at, disk).links.length === 0 && disk.look(at).is !== 'link');

test('what the mounts let a program do with each path is what the policy says of it', (t) => {
  let plans = 0;
  fc.assert(
    fc.property(world, ({ drawn, asked }) => {
      const result = planned(drawn, asked);
      if (result === undefined) return;
      plans += 1;
      const { disk, made, model } = result;
      for (const at of real(disk))
        t.is(model.verdict(at), accessOf(made.access, at), `${at} under ${asked.join(', ')}`);
    }),
    { numRuns: 1500 },
  );
  t.true(plans > 500, `${plans} plans`);
});

test('nothing new can be made but where the policy lets programs write', (t) => {
  fc.assert(
    fc.property(world, ({ drawn, asked }) => {
      const result = planned(drawn, asked);
      if (result === undefined) return;
      const { disk, made, model } = result;
      const missing = real(disk)
        .flatMap((at) => ['a', 'new', '.git', '.codex'].map((child) => entryOf(at, child)))
        .filter((at) => disk.look(at).is === 'nothing');
      for (const at of missing) {
        const isDirectory = disk.look(at.slice(0, at.lastIndexOf('/')) || '/').is === 'directory';
        if (!isDirectory) continue;
        t.is(model.canMake(at), accessOf(made.access, at) === 'write', `${at} under ${asked.join(', ')}`);
      }
    }),
    { numRuns: 700 },
  );
});

test('only placeholders are made on the disk, and each is told', (t) => {
  fc.assert(
    fc.property(world, ({ drawn, asked }) => {
      const result = planned(drawn, asked);
      if (result === undefined) return;
      const { made, model } = result;
      t.deepEqual([...model.madeOnHost].sort(), made.placeholders.map(({ path: at }) => at).sort());
    }),
    { numRuns: 700 },
  );
});

test('no directory above a fixed place can be moved away, and files can be moved between the others', (t) => {
  fc.assert(
    fc.property(world, ({ drawn, asked }) => {
      const result = planned(drawn, asked);
      if (result === undefined) return;
      const { disk, made, model } = result;
      const rules = [...made.access.values()].filter(({ path: at, object }) => at !== '/' && object !== 'provided');
      for (const { path: fixed } of rules) {
        for (const above of [...between('/', fixed), fixed]) t.false(model.canMove(above), `${above} above ${fixed}`);
      }
      const free = real(disk).filter((at) => disk.look(at).is === 'directory' && accessOf(made.access, at) === 'write');
      for (const at of free) {
        const root = [...made.access.keys()]
          .filter((rulePath) => isWithin(at, rulePath))
          .sort((a, b) => b.length - a.length)[0]!;
        if (root !== '/') t.true(model.together(at, root), `${at} and ${root} under ${asked.join(', ')}`);
      }
    }),
    { numRuns: 700 },
  );
});
