import test from 'ava';
import { INTERNAL_ERROR, INVALID_PARAMS } from '#src/protocol/errors.js';
import { SANDBOX_OPTION_WORDS, SANDBOX_WORDS } from '#src/protocol/limits.js';
import { bwrapArguments, encodeOptions, type SandboxLaunch } from '#src/sandbox/bwrap-arguments.js';
import type { MountOperation } from '#src/sandbox/mount-operation.js';
import { planMounts } from '#src/sandbox/mount-plan.js';
import { FakeDisk } from './support/fake-disk.js';
import { NO_FACTS, plan } from './support/policies.js';

const LAUNCH: SandboxLaunch = {
  network: 'restricted',
  keepsSession: false,
  directory: '/w',
  environment: [
    ['PATH', '/bin'],
    ['EMPTY', ''],
  ],
  command: ['/bin/true'],
  bindsDescriptors: true,
};
const disk = new FakeDisk({ '/w': 'dir', '/proc/sys': 'dir' });
const readOnly = plan(disk, ['read /']);

const spelled = (operations: readonly MountOperation[], launch: Partial<SandboxLaunch> = {}) => {
  const words = bwrapArguments({ ...readOnly, operations }, { ...LAUNCH, ...launch });
  return words.slice(2, words.indexOf('--unshare-user')).join(' ');
};

test('the words of a read-only sandbox, in order', (t) => {
  t.deepEqual(bwrapArguments(readOnly, LAUNCH).join(' ').split(' --'), [
    '--die-with-parent',
    'new-session',
    'ro-bind / /',
    'dev /dev',
    'size 536870912',
    'perms 1777',
    'tmpfs /dev/shm',
    'proc /proc',
    'remount-ro /dev',
    'remount-ro /proc',
    'unshare-user',
    'unshare-pid',
    'unshare-ipc',
    'unshare-net',
    'cap-drop ALL',
    'chdir /w',
    'clearenv',
    'setenv PATH /bin',
    'setenv EMPTY ',
    'seccomp 3',
    'json-status-fd 6',
    'block-fd 4',
  ]);
});

test('the empty file is read in any case, so that the command does not get its descriptor', (t) => {
  for (const operation of ['hideFile', 'placeholderFile'] as const) {
    const words = bwrapArguments({ ...readOnly, operations: [{ do: operation, path: '/a' }] }, LAUNCH);
    t.false(words.includes('--block-fd'));
  }
});

test('with a terminal there is no new session; with the network none is unshared', (t) => {
  t.false(bwrapArguments(readOnly, { ...LAUNCH, keepsSession: true }).includes('--new-session'));
  t.false(bwrapArguments(readOnly, { ...LAUNCH, network: 'enabled' }).includes('--unshare-net'));
});

test('where only the network is taken, nothing else is', (t) => {
  const words = bwrapArguments(planMounts({ kind: 'offline' }, disk, NO_FACTS), LAUNCH);
  t.deepEqual(words.slice(2, 7), ['--dev-bind', '/', '/', '--unshare-user', '--unshare-net']);
});

for (const [operation, words] of [
  [{ do: 'root', access: 'write' }, '--bind / /'],
  [{ do: 'emptyRoot', path: '/' }, '--tmpfs /'],
  [{ do: 'pin', path: '/w/a', opening: 1 }, '--bind-fd 8 /w/a'],
  [{ do: 'pinWithDevices', path: '/w/a' }, '--dev-bind /w/a /w/a'],
  [{ do: 'bind', path: '/w', access: 'write', opening: 0 }, '--bind-fd 7 /w'],
  [{ do: 'bind', path: '/w', access: 'read', opening: 5 }, '--ro-bind-fd 12 /w'],
  [{ do: 'directory', path: '/a', mode: 0o111 }, '--perms 111 --dir /a'],
  [{ do: 'link', path: '/bin', target: 'usr/bin' }, '--symlink usr/bin /bin'],
  [{ do: 'hideDirectory', path: '/a', mode: 0 }, '--perms 000 --tmpfs /a'],
  [{ do: 'hideDirectory', path: '/a', mode: 0o111 }, '--perms 111 --tmpfs /a'],
  [{ do: 'hideFile', path: '/a' }, '--perms 000 --ro-bind-data 4 /a'],
  [{ do: 'placeholderDirectory', path: '/a' }, '--perms 555 --tmpfs /a'],
  [{ do: 'placeholderFile', path: '/a' }, '--ro-bind-data 4 /a'],
  [{ do: 'seal', path: '/a' }, '--remount-ro /a'],
] as [MountOperation, string][]) {
  test(`${operation.do} is ${words}`, (t) => t.is(spelled([operation]), words));
}

test('a bubblewrap that does not take descriptors gets paths', (t) => {
  const binds: MountOperation[] = [
    { do: 'bind', path: '/w', access: 'write', opening: 0 },
    { do: 'pin', path: '/w/a', opening: 1 },
    { do: 'bind', path: '/w/a/b', access: 'read', opening: 2 },
  ];
  t.is(spelled(binds, { bindsDescriptors: false }), '--bind /w /w --bind /w/a /w/a --ro-bind /w/a/b /w/a/b');
});

test('a NUL anywhere is refused', (t) => {
  const refused = (launch: Partial<SandboxLaunch>) => () => bwrapArguments(readOnly, { ...LAUNCH, ...launch });
  const code = INVALID_PARAMS as never;
  const message = (what: string) => `sandboxed command has a NUL byte in ${what}`;
  t.throws(refused({ directory: '/w\0' }), { code, message: message('a path') });
  t.throws(refused({ environment: [['A', 'x\0']] }), { code, message: message('a variable') });
  t.throws(refused({ environment: [['A\0', 'x']] }), { code, message: message('a variable') });
  t.throws(refused({ command: ['/bin/true', 'a\0b'] }), { code, message: message('an argument') });
  t.throws(() => spelled([{ do: 'link', path: '/a', target: 'b\0' }]), { code, message: message('a path') });
});

test('more words than bubblewrap takes are refused', (t) => {
  const operations = (words: number) => Array<MountOperation>(words / 2).fill({ do: 'seal', path: '/a' });
  const around = bwrapArguments({ ...readOnly, operations: [] }, { ...LAUNCH, environment: [] }).length;
  const room = SANDBOX_OPTION_WORDS - around;
  const fitting = { ...readOnly, operations: operations(room - (room % 2)) };
  const tooLarge = { ...readOnly, operations: operations(room - (room % 2) + 2) };
  t.notThrows(() => bwrapArguments(fitting, { ...LAUNCH, environment: [] }));
  t.throws(() => bwrapArguments(tooLarge, { ...LAUNCH, environment: [] }), {
    code: INVALID_PARAMS as never,
    message: 'sandbox policy is too large',
  });
});

test('a command of too many words is refused as the system would', (t) => {
  const room = SANDBOX_WORDS - bwrapArguments(readOnly, LAUNCH).length;
  const command = (words: number) => () => bwrapArguments(readOnly, { ...LAUNCH, command: Array(words).fill('x') });
  t.notThrows(command(room));
  t.throws(command(room + 1), { code: INTERNAL_ERROR as never, message: 'Argument list too long (os error 7)' });
});

test('options are sent with a NUL behind each, also behind an empty one', (t) => {
  t.deepEqual(encodeOptions(['--setenv', 'É', '']), Buffer.from('--setenv\0É\0\0'));
});
