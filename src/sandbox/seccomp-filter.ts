/**
 * Which system calls a sandboxed program may make: the filter that bubblewrap installs last, just before the program.
 * Mounts and namespaces are what confines it; the filter closes what they leave open (sockets, terminals, the kernel's
 * rarer doors). Source: our own; the reference's filter is smaller.
 *
 * All calls are allowed without a look at their arguments, but for those in the tables. For such calls newer kernels keep a
 * bitmap instead of running the filter, as long as only loads of the number and the architecture, comparisons and `and` lead to
 * their verdict; so the order of the tables costs the usual calls nothing.
 */
import { assemble, type Line } from './bpf-assembler.js';
import { type FilteredArchitecture, SYSCALL_NUMBERS, type Syscall } from './syscall-numbers.js';

/** The calls are refused with this errno: always, or when any of the tests holds. A call stands in one rule only. */
interface Rule {
  readonly calls: readonly Syscall[];
  readonly errno: 'EPERM' | 'ENOSYS';
  readonly when: 'always' | readonly Test[];
}

/** A test of one argument. Only its low word counts: these arguments are ints for the kernel, or flags in their low bits. */
type Test =
  | { readonly argument: number; readonly is: 'any bit of'; readonly bits: number }
  | { readonly argument: number; readonly is: 'one of'; readonly values: readonly number[] }
  | { readonly argument: number; readonly is: 'none of'; readonly values: readonly number[]; readonly within: number };

const CLONE_NEWUSER = 0x1000_0000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const AF_UNIX = 1;
const AF_VSOCK = 40;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
/** The kind of a socket; above it are SOCK_NONBLOCK and SOCK_CLOEXEC. */
const SOCK_TYPE_MASK = 0xf;
const ALL_BITS = 0xffff_ffff;

const ALWAYS: readonly Rule[] = [
  // Work that the kernel does for the program later, past every filter.
  { calls: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'], errno: 'EPERM', when: 'always' },
  // What the program sees of the disk stays as it was laid out.
  { calls: ['mount', 'umount2', 'pivot_root', 'chroot'], errno: 'EPERM', when: 'always' },
  { calls: ['open_tree', 'open_tree_attr', 'move_mount', 'mount_setattr'], errno: 'EPERM', when: 'always' },
  { calls: ['fsopen', 'fsconfig', 'fsmount', 'fspick'], errno: 'EPERM', when: 'always' },
  // Handles open files by their inode, wherever they lie.
  { calls: ['open_by_handle_at', 'setns'], errno: 'EPERM', when: 'always' },
  // Large or seldom used parts of the kernel, and keyrings, which no namespace separates.
  { calls: ['add_key', 'request_key', 'keyctl'], errno: 'EPERM', when: 'always' },
  { calls: ['bpf', 'perf_event_open', 'userfaultfd', 'lookup_dcookie'], errno: 'EPERM', when: 'always' },
  // Other processes.
  { calls: ['kcmp', 'pidfd_getfd'], errno: 'EPERM', when: 'always' },
  // The machine as a whole.
  { calls: ['kexec_load', 'kexec_file_load', 'reboot', 'syslog', 'acct'], errno: 'EPERM', when: 'always' },
  { calls: ['init_module', 'finit_module', 'delete_module'], errno: 'EPERM', when: 'always' },
  { calls: ['swapon', 'swapoff', 'quotactl', 'quotactl_fd'], errno: 'EPERM', when: 'always' },
  { calls: ['uselib', 'iopl', 'ioperm'], errno: 'EPERM', when: 'always' },
  // Its flags are in memory, where no filter can look; C libraries take this answer as a reason to use clone.
  { calls: ['clone3'], errno: 'ENOSYS', when: 'always' },
  // A user namespace would give all capabilities within it, and the kernel's code behind them.
  {
    calls: ['clone', 'unshare'],
    errno: 'EPERM',
    when: [{ argument: 0, is: 'any bit of', bits: CLONE_NEWUSER }],
  },
  // Keys typed into the terminal, and what a virtual console pastes.
  {
    calls: ['ioctl'],
    errno: 'EPERM',
    when: [{ argument: 1, is: 'one of', values: [TIOCSTI, TIOCLINUX] }],
  },
];

/** Without a network. Sending and receiving stay allowed: there is nothing left to send to. */
const NETWORK_RESTRICTED: readonly Rule[] = [
  { calls: ['ptrace', 'process_vm_readv', 'process_vm_writev'], errno: 'EPERM', when: 'always' },
  { calls: ['connect', 'accept', 'accept4', 'bind', 'listen'], errno: 'EPERM', when: 'always' },
  // Pairs between a program and its children. Not as datagrams: sendmsg with an address reaches any socket file, without connect.
  {
    calls: ['socket', 'socketpair'],
    errno: 'EPERM',
    when: [
      { argument: 0, is: 'none of', values: [AF_UNIX], within: ALL_BITS },
      { argument: 1, is: 'none of', values: [SOCK_STREAM, SOCK_SEQPACKET], within: SOCK_TYPE_MASK },
    ],
  },
];

/** With one. The host of a virtual machine is not part of the network. */
const NETWORK_ENABLED: readonly Rule[] = [
  {
    calls: ['socket', 'socketpair'],
    errno: 'EPERM',
    when: [{ argument: 0, is: 'one of', values: [AF_VSOCK] }],
  },
];

/** What the kernel calls an architecture, to the filter. */
const AUDIT_ARCHITECTURE = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
/** Numbers from here on are x32, a second table on x86_64 that no rule speaks of. */
const X32_CALLS = 0x4000_0000;

/** Where things lie in the data that a filter judges (struct seccomp_data), bytes. */
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
/** The low word: both architectures are little endian. */
const argumentAt = (index: number): number => 16 + 8 * index;

const VERDICT = {
  allow: 0x7fff_0000,
  EPERM: 0x0005_0000 | 1,
  ENOSYS: 0x0005_0000 | 38,
  kill: 0x8000_0000,
} as const;

/**
 * The filter as `bwrap --seccomp FD` reads it: instructions of classic BPF in the layout of struct sock_filter.
 * Calls of another architecture kill the process, x32 calls fail with ENOSYS, what the tables name fails as they say.
 * Out: a fresh array that belongs to the caller; the same bytes every time.
 */
export function seccompFilter(architecture: FilteredArchitecture, network: 'restricted' | 'enabled'): Uint8Array {
  const rules = [...ALWAYS, ...(network === 'restricted' ? NETWORK_RESTRICTED : NETWORK_ENABLED)];
  return assemble([
    { op: 'load', offset: ARCHITECTURE_AT },
    { op: 'test', is: 'equal', value: AUDIT_ARCHITECTURE[architecture], ifFalse: 'kill' },
    { op: 'load', offset: NUMBER_AT },
    ...(architecture === 'x64' ? [{ op: 'test', is: 'at least', value: X32_CALLS, ifTrue: 'ENOSYS' } as const] : []),
    ...rules.flatMap((rule, index) => choose(rule, index, architecture)),
    { op: 'return', value: VERDICT.allow },
    ...rules.flatMap(judge),
    ...(['EPERM', 'ENOSYS', 'kill'] as const).flatMap((name): Line[] => [
      { op: 'label', name },
      { op: 'return', value: VERDICT[name] },
    ]),
  ]);
}

/** By the number of the call: to the verdict, or to the tests of its arguments. */
const choose = ({ calls, errno, when }: Rule, index: number, architecture: FilteredArchitecture): Line[] =>
  calls
    .map((call) => SYSCALL_NUMBERS[call][architecture])
    .filter((number) => number !== undefined)
    .map((value) => ({ op: 'test', is: 'equal', value, ifTrue: when === 'always' ? errno : testsOf(index) }));

/** The tests of a rule's arguments, ending in a verdict. */
function judge({ errno, when }: Rule, index: number): Line[] {
  if (when === 'always') return [];
  return [
    { op: 'label', name: testsOf(index) },
    ...when.flatMap((test, ordinal) => refuseIf(test, errno, `${testsOf(index)}, past test ${ordinal}`)),
    { op: 'return', value: VERDICT.allow },
  ];
}

const testsOf = (index: number): string => `tests of rule ${index}`;

/** Jumps to the errno when the test holds, else goes on. */
function refuseIf(test: Test, errno: string, passed: string): Line[] {
  const load: Line = { op: 'load', offset: argumentAt(test.argument) };
  switch (test.is) {
    case 'any bit of':
      return [load, { op: 'test', is: 'any bit', value: test.bits, ifTrue: errno }];
    case 'one of':
      return [load, ...test.values.map((value): Line => ({ op: 'test', is: 'equal', value, ifTrue: errno }))];
    case 'none of':
      return [
        load,
        ...(test.within === ALL_BITS ? [] : [{ op: 'mask', bits: test.within } as const]),
        ...test.values.map((value, index): Line => {
          const isLast = index === test.values.length - 1;
          return { op: 'test', is: 'equal', value, ifTrue: passed, ...(isLast ? { ifFalse: errno } : {}) };
        }),
        { op: 'label', name: passed },
      ];
  }
}
