/**
 * Linux system calls that the sandbox's filter knows, by the kernel's names: their numbers on x86_64 and on aarch64.
 * Source: the kernel's tables (asm/unistd_64.h, asm-generic/unistd.h).
 */

/** The architectures that there is a filter for, as Node names them. */
export type FilteredArchitecture = 'x64' | 'arm64';

interface Numbers {
  readonly x64: number;
  /** Undefined: aarch64 has no such call. */
  readonly arm64: number | undefined;
}

/** Calls that came after the tables were made one: the same number everywhere. */
const everywhere = (number: number): Numbers => ({ x64: number, arm64: number });
const each = (x64: number, arm64: number): Numbers => ({ x64, arm64 });
const x64Only = (x64: number): Numbers => ({ x64, arm64: undefined });

export const SYSCALL_NUMBERS = {
  accept: each(43, 202),
  accept4: each(288, 242),
  acct: each(163, 89),
  add_key: each(248, 217),
  bind: each(49, 200),
  bpf: each(321, 280),
  chroot: each(161, 51),
  clone: each(56, 220),
  clone3: everywhere(435),
  connect: each(42, 203),
  delete_module: each(176, 106),
  finit_module: each(313, 273),
  fsconfig: everywhere(431),
  fsmount: everywhere(432),
  fsopen: everywhere(430),
  fspick: everywhere(433),
  init_module: each(175, 105),
  io_uring_enter: everywhere(426),
  io_uring_register: everywhere(427),
  io_uring_setup: everywhere(425),
  ioctl: each(16, 29),
  ioperm: x64Only(173),
  iopl: x64Only(172),
  kcmp: each(312, 272),
  kexec_file_load: each(320, 294),
  kexec_load: each(246, 104),
  keyctl: each(250, 219),
  listen: each(50, 201),
  lookup_dcookie: each(212, 18),
  mount: each(165, 40),
  mount_setattr: everywhere(442),
  move_mount: everywhere(429),
  open_by_handle_at: each(304, 265),
  open_tree: everywhere(428),
  open_tree_attr: everywhere(467),
  perf_event_open: each(298, 241),
  pidfd_getfd: everywhere(438),
  pivot_root: each(155, 41),
  process_vm_readv: each(310, 270),
  process_vm_writev: each(311, 271),
  ptrace: each(101, 117),
  quotactl: each(179, 60),
  quotactl_fd: everywhere(443),
  reboot: each(169, 142),
  request_key: each(249, 218),
  setns: each(308, 268),
  socket: each(41, 198),
  socketpair: each(53, 199),
  swapoff: each(168, 225),
  swapon: each(167, 224),
  syslog: each(103, 116),
  umount2: each(166, 39),
  unshare: each(272, 97),
  uselib: x64Only(134),
  userfaultfd: each(323, 282),
} as const satisfies Record<string, Numbers>;

export type Syscall = keyof typeof SYSCALL_NUMBERS;
