/** The filter in a real kernel: each call is made with it and without it, in the same bubblewrap sandbox otherwise. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import test from 'ava';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { type FilteredArchitecture, SYSCALL_NUMBERS, type Syscall } from '#src/sandbox/syscall-numbers.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const isFiltered = (name: string): name is FilteredArchitecture => name === 'x64' || name === 'arm64';
const architecture = isFiltered(process.arch) ? process.arch : undefined;
const canRun = architecture !== undefined && inSandbox(['perl', '-e', '1']).status === 0;
const testHere = canRun ? test : test.skip;

type RealCall = readonly [call: Syscall, ...args: readonly number[]];

/** Makes each call of its arguments (a number and its words) and tells its errno, 0 when it was done. */
const CALLER = `
  for (@ARGV) {
    my ($number, @words) = map { hex } split /,/;
    $! = 0;
    print syscall($number, @words) == -1 ? $! + 0 : 0, "\\n";
  }`;

/** What became of each of these calls, made one after the other in one process: `done`, or the name of its errno. */
function outcomes(calls: readonly RealCall[], filter?: Uint8Array): string[] {
  const words = calls.map(([call, ...args]) =>
    [SYSCALL_NUMBERS[call][architecture!]!, ...args].map((word) => word.toString(16)).join(','),
  );
  const { stdout, stderr, status } = inSandbox(['perl', '-e', CALLER, ...words], filter);
  if (status !== 0) throw new Error(`perl ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split('\n').map(nameOf);
}

const nameOf = (errno: string): string =>
  errno === '0'
    ? 'done'
    : (Object.entries(constants.errno).find(([, number]) => String(number) === errno)?.[0] ?? errno);

function inSandbox(command: readonly string[], filter?: Uint8Array) {
  const options = [
    '--die-with-parent',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--unshare-user',
    '--unshare-net',
    '--cap-drop',
    'ALL',
  ];
  const bwrap = (more: readonly string[], fds: readonly number[]) =>
    spawnSync('bwrap', [...options, ...more, '--', ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', ...fds],
    });
  if (filter === undefined) return bwrap([], []);
  using folder = new TemporaryFolder();
  const path = folder.file('filter');
  writeFileSync(path, filter);
  const fd = openSync(path, 'r');
  try {
    return bwrap(['--seccomp', '3'], [fd]);
  } finally {
    closeSync(fd);
  }
}

const TIOCSTI = 0x5412;
const NO_FD = 0xffff_ffff;
const [UNIX, INET, VSOCK, STREAM, DATAGRAM, SEQPACKET] = [1, 2, 40, 1, 2, 5];
const [NONBLOCK, CLOEXEC] = [0o4000, 0o2000000];

/** Calls that do something else than fail with EPERM on any kernel as it is, be it only that they find no such descriptor. */
const REFUSED: readonly RealCall[] = [
  ['mount', 0, 0, 0, 0, 0],
  ['chroot', 0],
  ['setns', NO_FD, 0],
  ['keyctl', 0xffff],
  ['ioctl', 0, TIOCSTI, 0],
  ['ioctl', 0, 0xbeef * 2 ** 32 + TIOCSTI, 0],
  ['unshare', 0x1000_0000],
];
const REFUSED_WITHOUT_NETWORK: readonly RealCall[] = [
  ['connect', NO_FD, 0, 0],
  ['bind', NO_FD, 0, 0],
  ['listen', NO_FD, 0],
  ['accept', NO_FD, 0, 0],
  ['accept4', NO_FD, 0, 0, 0],
  ['process_vm_readv', 0, 0, 0, 0, 0, 0],
  ['socket', INET, STREAM, 0],
  ['socket', INET, DATAGRAM, 0],
  ['socket', UNIX, DATAGRAM | CLOEXEC, 0],
  ['ptrace', 0, 0, 0, 0],
];
const DONE: readonly RealCall[] = [
  ['socket', UNIX, STREAM, 0],
  ['socket', UNIX, STREAM | NONBLOCK | CLOEXEC, 0],
  ['socket', UNIX, SEQPACKET | CLOEXEC, 0],
  ['unshare', 0],
];

testHere('a program starts under each filter', (t) => {
  for (const network of ['restricted', 'enabled'] as const) {
    const { status, stdout } = inSandbox(
      ['sh', '-c', '(echo from a child) | cat'],
      seccompFilter(architecture!, network),
    );
    t.deepEqual([status, stdout], [0, 'from a child\n']);
  }
});

testHere('without a network, what is refused would be done, or fail in another way, without the filter', (t) => {
  const calls = [...REFUSED_WITHOUT_NETWORK, ...REFUSED];
  t.false(outcomes(calls).includes('EPERM'));
  t.deepEqual(new Set(outcomes(calls, seccompFilter(architecture!, 'restricted'))), new Set(['EPERM']));
  t.deepEqual(new Set(outcomes(DONE, seccompFilter(architecture!, 'restricted'))), new Set(['done']));
});

testHere('with a network, sockets work, but not those to the host of a virtual machine', (t) => {
  const filter = seccompFilter(architecture!, 'enabled');
  t.deepEqual(new Set(outcomes([...REFUSED, ['socket', VSOCK, STREAM, 0]], filter)), new Set(['EPERM']));
  const calls = [...REFUSED_WITHOUT_NETWORK, ...DONE];
  t.deepEqual(outcomes(calls, filter), outcomes(calls));
});

testHere('clone3 does not exist under the filter, and threads are made all the same', (t) => {
  const filter = seccompFilter(architecture!, 'restricted');
  t.deepEqual([outcomes([['clone3', 0, 0]]), outcomes([['clone3', 0, 0]], filter)], [['EINVAL'], ['ENOSYS']]);
  const script = `new (require('node:worker_threads').Worker)('console.log(7)', { eval: true })`;
  t.is(inSandbox([process.execPath, '-e', script], filter).stdout, '7\n');
});
