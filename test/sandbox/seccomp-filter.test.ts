import test from 'ava';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { type FilteredArchitecture, SYSCALL_NUMBERS, type Syscall } from '#src/sandbox/syscall-numbers.js';
import { runFilter } from '#test/sandbox/support/bpf-machine.js';

const ARCHITECTURES = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
const NETWORKS = ['restricted', 'enabled'] as const;
type Network = (typeof NETWORKS)[number];
const BOTH = Object.keys(ARCHITECTURES) as FilteredArchitecture[];

const VERDICTS: Readonly<Record<number, string>> = {
  2147418112: 'allowed',
  327681: 'EPERM',
  327718: 'ENOSYS',
  2147483648: 'killed',
};

function verdict(on: FilteredArchitecture, network: Network, number: number, args: readonly bigint[] = []): string {
  return VERDICTS[runFilter(seccompFilter(on, network), { architecture: ARCHITECTURES[on], number, args })] ?? 'other';
}

/** The verdict on both architectures, which must be one. */
function verdictOf(call: Syscall, network: Network, ...args: readonly bigint[]): string {
  const each = BOTH.map((on) => verdict(on, network, SYSCALL_NUMBERS[call][on]!, args));
  return each[0] === each[1] ? each[0]! : each.join(' but ');
}

/** Refused whatever its arguments are. */
const ALWAYS_REFUSED = [
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'mount', 'umount2', 'pivot_root', 'chroot'],
  ...['open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr', 'setns'],
  ...['add_key', 'request_key', 'keyctl', 'bpf', 'perf_event_open', 'userfaultfd', 'open_by_handle_at'],
  ...['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module', 'swapon', 'swapoff', 'reboot'],
  ...['acct', 'quotactl', 'quotactl_fd', 'syslog', 'lookup_dcookie', 'kcmp', 'pidfd_getfd'],
] as readonly Syscall[];
const X64_REFUSED = ['uselib', 'iopl', 'ioperm'] as const;
const WITHOUT_NETWORK_REFUSED = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'connect', 'accept', 'accept4', 'bind', 'listen'],
] as readonly Syscall[];
const JUDGED_BY_ARGUMENTS = ['clone', 'unshare', 'ioctl', 'socket', 'socketpair'] as const;

test('calls that open a way out are refused with and without a network', (t) => {
  for (const call of ALWAYS_REFUSED) {
    for (const network of NETWORKS) t.is(verdictOf(call, network), 'EPERM', call);
  }
  for (const call of X64_REFUSED) {
    for (const network of NETWORKS) t.is(verdict('x64', network, SYSCALL_NUMBERS[call].x64), 'EPERM', call);
  }
});

test('clone3 does not exist, so that libraries take clone, whose flags can be seen', (t) => {
  for (const network of NETWORKS) t.is(verdictOf('clone3', network), 'ENOSYS');
});

test('tracing and the use of sockets are refused without a network only', (t) => {
  for (const call of WITHOUT_NETWORK_REFUSED) {
    t.is(verdictOf(call, 'restricted'), 'EPERM', call);
    t.is(verdictOf(call, 'enabled'), 'allowed', call);
  }
});

test('the tables above speak of every call that has a number', (t) => {
  const spoken = [...ALWAYS_REFUSED, ...X64_REFUSED, ...WITHOUT_NETWORK_REFUSED, ...JUDGED_BY_ARGUMENTS, 'clone3'];
  t.deepEqual(Object.keys(SYSCALL_NUMBERS).toSorted(), spoken.toSorted());
});

test('every other number is allowed', (t) => {
  for (const on of BOTH) {
    const known = new Set<number | undefined>(Object.values(SYSCALL_NUMBERS).map((numbers) => numbers[on]));
    for (const network of NETWORKS) {
      const filter = seccompFilter(on, network);
      for (let number = 0; number < 1024; number += 1) {
        if (known.has(number)) continue;
        const value = runFilter(filter, { architecture: ARCHITECTURES[on], number });
        t.is(value, 0x7fff_0000, `${on} ${network} ${number}`);
      }
    }
  }
});

test('a call of another architecture kills the process', (t) => {
  const foreign = [0x4000_0003, 0x4000_0028, 0x0000_003e, 0x8000_00b7, 0, 0xffff_ffff];
  for (const on of BOTH) {
    const other = ARCHITECTURES[on === 'x64' ? 'arm64' : 'x64'];
    for (const network of NETWORKS) {
      for (const architecture of [...foreign, other]) {
        t.is(runFilter(seccompFilter(on, network), { architecture, number: 39 }), 0x8000_0000);
      }
    }
  }
});

test('x32 calls do not exist on x86_64, whatever their number', (t) => {
  for (const network of NETWORKS) {
    for (const number of [0x4000_0000, 0x4000_0001, 0x4000_0000 + 165, 0x4000_0209, 0x7fff_ffff, 0xffff_ffff]) {
      t.is(verdict('x64', network, number), 'ENOSYS', number.toString(16));
    }
    t.is(verdict('x64', network, 0x3fff_ffff), 'allowed');
  }
});

const NEW_USER = 0x1000_0000n;
/** What fork, and a new thread, ask clone for. */
const FORK = 0x0120_0011n;
const THREAD = 0x003d_0f00n;

for (const call of ['clone', 'unshare'] as const) {
  test(`${call} makes no user namespace`, (t) => {
    for (const network of NETWORKS) {
      for (const flags of [NEW_USER, NEW_USER | FORK, NEW_USER | 0x2_0000n, 0xffff_ffffn, (7n << 32n) | NEW_USER]) {
        t.is(verdictOf(call, network, flags), 'EPERM', flags.toString(16));
      }
      for (const flags of [0n, FORK, THREAD, 0xffff_ffffn & ~NEW_USER, NEW_USER << 32n]) {
        t.is(verdictOf(call, network, flags), 'allowed', flags.toString(16));
      }
      t.is(verdictOf(call, network, 0n, NEW_USER), 'allowed', 'the bit in another argument');
    }
  });
}

test('nothing is typed into a terminal, whatever the upper half of the request says', (t) => {
  const FD = 0n;
  for (const network of NETWORKS) {
    for (const request of [0x5412n, 0x541cn]) {
      for (const upper of [0n, 1n, 0xdead_beefn, 0xffff_ffffn]) {
        t.is(verdictOf('ioctl', network, FD, (upper << 32n) | request), 'EPERM');
      }
    }
    for (const request of [0x5401n, 0x5411n, 0x5413n, 0x541bn, 0x541dn, 0x5412n << 32n, 0x1_5412n]) {
      t.is(verdictOf('ioctl', network, FD, request), 'allowed', request.toString(16));
    }
    t.is(verdictOf('ioctl', network, 0x5412n, 0x5401n, 0x5412n), 'allowed', 'the word in other arguments');
  }
});

const UNIX = 1n;
const NONBLOCK = 0o4000n;
const CLOEXEC = 0o2000000n;
/** Bits that the kernel drops, since both arguments are ints. */
const DROPPED = [0n, 1n << 32n, 0xffff_ffffn << 32n];

for (const call of ['socket', 'socketpair'] as const) {
  test(`without a network ${call} makes UNIX stream and seqpacket sockets only`, (t) => {
    for (const flags of [0n, NONBLOCK, CLOEXEC, NONBLOCK | CLOEXEC]) {
      for (const dropped of DROPPED) {
        for (let kind = 0n; kind < 16n; kind += 1n) {
          const expected = kind === 1n || kind === 5n ? 'allowed' : 'EPERM';
          t.is(verdictOf(call, 'restricted', UNIX | dropped, kind | flags | dropped), expected, `kind ${kind}`);
        }
        for (const family of [0n, 2n, 10n, 16n, 17n, 38n, 40n, 0x1_0001n, 0xffff_ffffn]) {
          t.is(verdictOf(call, 'restricted', family | dropped, 1n | flags), 'EPERM', `family ${family}`);
        }
      }
    }
  });

  test(`with a network ${call} makes all sockets but those to the host of a virtual machine`, (t) => {
    for (const dropped of DROPPED) {
      for (const kind of [1n, 2n, 5n, 1n | CLOEXEC]) {
        t.is(verdictOf(call, 'enabled', 40n | dropped, kind), 'EPERM');
        for (const family of [1n, 2n, 10n, 16n, 0x128n]) {
          t.is(verdictOf(call, 'enabled', family | dropped, kind), 'allowed', `family ${family}`);
        }
      }
    }
  });
}

test('each filter is whole: short, and made anew for every caller', (t) => {
  for (const on of BOTH) {
    for (const network of NETWORKS) {
      const filter = seccompFilter(on, network);
      t.true(filter.length % 8 === 0 && filter.length / 8 < 100);
      t.deepEqual(seccompFilter(on, network), filter);
      t.not(seccompFilter(on, network), filter);
    }
  }
});
