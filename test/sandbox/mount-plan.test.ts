import test from 'ava';
import { SANDBOX_PINS } from '#src/protocol/limits.js';
import type { MountOperation } from '#src/sandbox/mount-operation.js';
import { planMounts } from '#src/sandbox/mount-plan.js';
import { type Drawing, FakeDisk } from './support/fake-disk.js';
import { NO_FACTS, plan as planOn } from './support/policies.js';

const DISK: Drawing = {
  '/w/.git/HEAD': 'text',
  '/w/.codex': 'dir',
  '/w/.agents': 'dir',
  '/w/.aws': 'dir',
  '/w/f': 'text',
  '/w/sub/keep/file': 'text',
  '/o/secret/x': 'text',
  '/o/s': 'text',
  '/proc/sys': 'dir',
  '/proc/irq': 'dir',
};
type Facts = Parameters<typeof planOn>[2];
const plan = (words: readonly string[], drawing: Drawing = {}, facts: Facts = {}) =>
  planOn(new FakeDisk({ ...DISK, ...drawing }), words, facts);

/** Operations in short words. */
const told = (operation: MountOperation): string => {
  const { do: what, ...rest } = operation;
  return [
    what,
    ...Object.values(rest).map((value) =>
      what === 'directory' && typeof value === 'number' ? value.toString(8) : value,
    ),
  ].join(' ');
};
/** Without the base, which is the same everywhere. */
const mounts = (...args: Parameters<typeof plan>) => {
  const all = plan(...args).operations.map(told);
  return all.slice(all.indexOf('processes') + 1).filter((words) => !['seal /dev', 'seal /proc'].includes(words));
};

test('first the disk, then devices, shared memory and processes of its own, read-only at last', (t) => {
  const base = (words: readonly string[], facts: Facts = {}) => plan(words, {}, facts).operations.map(told);
  const own = ['devices', 'sharedMemory', 'processes'];
  t.deepEqual(base(['read /']), ['root read', ...own, 'seal /dev', 'seal /proc']);
  t.deepEqual(base(['write /', 'read /o/s']).slice(0, 4), ['root write', ...own]);
  t.deepEqual(base([]), ['emptyRoot /', ...own, 'seal /dev', 'seal /proc', 'seal /']);
});

test('the directory of its own devices can take no files, for nothing bounds it', (t) => {
  const seals = (words: readonly string[]) =>
    plan(words)
      .operations.map(told)
      .filter((words) => words === 'seal /dev').length;
  t.is(seals(['read /', 'write /w']), 1);
  t.is(seals(['write /', 'read /o/s']), 1);
  t.is(seals(['write /w']), 1);
  t.is(seals(['read /', 'deny /dev']), 1);
});

test('without processes of its own the host shows its own read-only, and not at all where all else is hidden', (t) => {
  const facts = { ownProcesses: false };
  const own = ['devices', 'sharedMemory'];
  t.deepEqual(plan(['read /'], {}, facts).operations.map(told), [
    'root read',
    ...own,
    'hostReadOnly /proc',
    'seal /dev',
  ]);
  t.deepEqual(plan([], {}, facts).operations.map(told), ['emptyRoot /', ...own, 'seal /dev', 'seal /']);
});

test('a workspace is mounted by its descriptor, and its protected names over it', (t) => {
  const made = plan(['read /', 'write /w']);
  t.deepEqual(made.operations.slice(4).map(told), [
    'bind /w write 0',
    'bind /w/.agents read 1',
    'bind /w/.aws read 2',
    'bind /w/.codex read 3',
    'bind /w/.git read 4',
    'seal /dev',
    'seal /proc',
  ]);
  t.deepEqual(made.openings.slice(0, 2), [
    { path: '/w', object: 'directory' },
    { path: '/w/.agents', object: 'directory' },
  ]);
  t.deepEqual(made.writableDirectories, ['/w']);
  t.deepEqual(made.placeholders, []);
});

test('what is further down is pinned from above, and the pins are covered again', (t) => {
  t.deepEqual(mounts(['read /', 'write /w', 'deny /w/sub/keep/file', 'write /w/.git']).slice(0, 4), [
    'bind /w write 0',
    'pin /w/sub 1',
    'pin /w/sub/keep 2',
    'bind /w write 3',
  ]);
});

test('so many directories can be pinned and no more', (t) => {
  const nested = (pins: number) => {
    const path = `/w/${Array(pins).fill('d').join('/')}/f`;
    return plan([...['read /', 'write /w'], `deny ${path}`], { [path]: 'text' }).operations;
  };
  t.is(nested(SANDBOX_PINS).filter(({ do: what }) => what === 'pin').length, SANDBOX_PINS);
  t.throws(() => nested(SANDBOX_PINS + 1), { message: 'sandbox policy is too large' });
});

test('below a writable root of the disk the first pin shows, since a second root would not cover it', (t) => {
  const found = mounts(['write /', 'read /w/sub/keep', 'deny /o/s']).filter((words) => words.startsWith('pin'));
  t.deepEqual(found, ['pin /o 0', 'pin /w 1', 'pin /w/sub 2', 'pin /w 3']);
});

test('a denied directory is empty; where it leads on to something allowed it lets programs through', (t) => {
  t.deepEqual(mounts(['read /', 'deny /o/secret']), ['hideDirectory /o/secret 0', 'seal /o/secret']);
  t.deepEqual(mounts(['read /', 'deny /w', 'write /w/sub/keep']).slice(0, 3), [
    'hideDirectory /w 73',
    'directory /w/sub 111',
    'bind /w/sub/keep write 0',
  ]);
});

test('a denied file is covered', (t) => {
  t.deepEqual(mounts(['read /', 'deny /o/s']), ['hideFile /o/s']);
});

test('placeholders are told, so that they can be removed', (t) => {
  const made = plan(['read /', 'write /o', 'read /o/new/x']);
  t.deepEqual(made.placeholders.map(({ path, object }) => `${object} ${path}`).sort(), [
    'directory /o/.agents',
    'directory /o/.aws',
    'directory /o/.codex',
    'directory /o/.git',
    'file /o/new',
  ]);
  t.true(made.operations.map(told).includes('placeholderFile /o/new'));
  t.true(made.operations.map(told).includes('seal /o/.git'));
});

test('a placeholder of another sandbox is one of this sandbox, too', (t) => {
  const words = ['read /', 'write /o'];
  const first = plan(words);
  const there = Object.fromEntries(first.placeholders.map(({ path }) => [path, 'dir']));
  const second = plan(words, there, { placeholders: new Set(Object.keys(there)) });
  t.deepEqual(second.placeholders, first.placeholders);
  t.deepEqual(second.operations, first.operations);
});

test('where all is hidden there are ways and links to what is not, and all else is read-only in the end', (t) => {
  const system = { '/bin': '-> usr/bin', '/usr/bin/sh': 'text', '/home/me/link': '-> ../../o/secret' };
  t.deepEqual(mounts(['minimal', 'read /home/me/link'], system), [
    'link /bin usr/bin',
    'bind /usr read 0',
    'directory /o 755',
    'bind /o/secret read 1',
    'directory /home 755',
    'directory /home/me 755',
    'link /home/me/link ../../o/secret',
    'seal /',
  ]);
});

test('a file can be bound, writable or not', (t) => {
  const made = plan(['read /', 'write /w/f']);
  t.deepEqual(made.openings, [{ path: '/w/f', object: 'file' }]);
  t.deepEqual(made.writableDirectories, []);
});

test('shared memory of the host can be given', (t) => {
  t.true(mounts(['read /', 'write /dev/shm/x'], { '/dev/shm/x': 'dir' }).includes('bind /dev/shm/x write 0'));
});

test('with the whole disk and no network, only secrets are hidden', (t) => {
  const disk = new FakeDisk(DISK);
  const made = planMounts({ kind: 'offline' }, disk, { ...NO_FACTS, secrets: ['/o/secret/x', '/nowhere'] });
  t.is(made.isolation, 'network');
  t.deepEqual(made.writableDirectories, []);
  t.deepEqual(made.operations.map(told), [
    'root devices',
    'pinWithDevices /o',
    'pinWithDevices /o/secret',
    'pinWithDevices /o',
    'hideFile /o/secret/x',
  ]);
  t.deepEqual(planMounts({ kind: 'offline' }, disk, NO_FACTS).operations.map(told), ['root devices']);
});

test('where the program sees to it itself nothing stands in the way, and what is above cannot be moved all the same', (t) => {
  const words = ['read /', 'write /w', 'deny /w/sub/none/x'];
  const drawing = { '/w/.git': 'dir' } as const;
  const [taken, free] = [{}, { leavesNoMarks: true }].map((facts) => plan(words, drawing, facts));
  t.deepEqual(free!.withheld, ['/w/sub/none']);
  t.deepEqual([free!.placeholders, taken!.withheld], [[], []]);
  const others = taken!.operations.filter(({ do: what }) => !what.startsWith('placeholder'));
  t.deepEqual(free!.operations, others);
  t.true(others.some((operation) => operation.do === 'pin' && operation.path === '/w/sub'));
  t.deepEqual(free!.observations, taken!.observations);
  // Without a /proc it could not.
  const blind = plan(['write /w', 'read /w/none'], {}, { leavesNoMarks: true, ownProcesses: false });
  t.deepEqual([blind.placeholders.length, blind.withheld], [1, []]);
});
