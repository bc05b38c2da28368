/**
 * The C library functions that supervision needs, bound through koffi.
 * Constants are those of Linux with glibc; where a function is missing (musl, an old glibc, no koffi) the binding as a whole
 * is undefined and the fallback spawner takes over.
 */
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { orUndefined } from '#src/protocol/or-undefined.js';

type CFunction = (...args: unknown[]) => number;

export interface Libc {
  /** Address of the first byte of a buffer, for tables of pointers. */
  address(buffer: Uint8Array): bigint;
  /** errno of the last failed call of this thread. */
  errno(): number;

  readonly pipe2: CFunction;
  /** Of the commands with a number behind them. */
  readonly fcntl: (fd: number, command: number, value: number) => number;
  readonly memfdCreate: CFunction;
  readonly wait4: CFunction;

  readonly posixSpawn: CFunction;
  readonly attrInit: CFunction;
  readonly attrSetFlags: CFunction;
  readonly attrSetSigdefault: CFunction;
  readonly attrSetSigmask: CFunction;
  readonly sigemptyset: CFunction;
  readonly actionsInit: CFunction;
  readonly actionsDestroy: CFunction;
  readonly actionsAddOpen: CFunction;
  readonly actionsAddDup2: CFunction;
  readonly actionsAddChdir: CFunction;
  readonly actionsAddCloseFrom: CFunction;

  readonly posixOpenpt: CFunction;
  readonly grantpt: CFunction;
  readonly unlockpt: CFunction;
  readonly ptsname: CFunction;
  readonly setWindowSize: CFunction;
}

const PROTOTYPES = {
  pipe2: 'int pipe2(void *fds, int flags)',
  memfdCreate: 'int memfd_create(const char *name, unsigned int flags)',
  wait4: 'int wait4(int pid, void *status, int options, void *rusage)',
  posixSpawn: 'int posix_spawn(void *pid, void *path, void *actions, void *attributes, void *argv, void *envp)',
  attrInit: 'int posix_spawnattr_init(void *attributes)',
  attrSetFlags: 'int posix_spawnattr_setflags(void *attributes, short flags)',
  attrSetSigdefault: 'int posix_spawnattr_setsigdefault(void *attributes, void *set)',
  attrSetSigmask: 'int posix_spawnattr_setsigmask(void *attributes, void *set)',
  sigemptyset: 'int sigemptyset(void *set)',
  actionsInit: 'int posix_spawn_file_actions_init(void *actions)',
  actionsDestroy: 'int posix_spawn_file_actions_destroy(void *actions)',
  actionsAddOpen:
    'int posix_spawn_file_actions_addopen(void *actions, int fd, void *path, int flags, unsigned int mode)',
  actionsAddDup2: 'int posix_spawn_file_actions_adddup2(void *actions, int fd, int newFd)',
  actionsAddChdir: 'int posix_spawn_file_actions_addchdir_np(void *actions, void *path)',
  actionsAddCloseFrom: 'int posix_spawn_file_actions_addclosefrom_np(void *actions, int from)',
  posixOpenpt: 'int posix_openpt(int flags)',
  grantpt: 'int grantpt(int fd)',
  unlockpt: 'int unlockpt(int fd)',
  ptsname: 'int ptsname_r(int fd, void *buffer, size_t length)',
  setWindowSize: 'int ioctl(int fd, unsigned long request, void *size)',
} as const;

interface Koffi {
  load(path: null): { func(prototype: string): CFunction };
  address(value: unknown): bigint;
  errno(): number;
}

/** Undefined where posix_spawn cannot be used this way. Binding costs about 10 ms. */
export function bindLibc(): Libc | undefined {
  return orUndefined(() => {
    checkSystem();
    const koffi = loadKoffi();
    const library = koffi.load(null);
    const functions = Object.fromEntries(
      Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
    ) as Record<keyof typeof PROTOTYPES, CFunction>;
    return { ...functions, fcntl: fcntlOf(koffi), address: koffi.address, errno: koffi.errno };
  });
}

/** Single functions, bound at their first use; undefined where koffi does not load. */
export const bindFcntl = once(() => fcntlOf(loadKoffi()));
export const bindWaitpid = once(() => {
  const wait4 = loadKoffi().load(null).func(PROTOTYPES.wait4);
  return (pid: number, options: number) => wait4(pid, null, options, null);
});

/** Reads the soft and the hard limit of a process into `old`, sets them to `next`; either may be null. */
export const bindPrlimit = once(() => {
  checkSystem();
  return loadKoffi().load(null).func('int prlimit(int pid, int resource, void *next, void *old)') as (
    pid: number,
    resource: number,
    next: BigUint64Array | null,
    old: BigUint64Array | null,
  ) => number;
});
/** Of the options with a number behind them. */
export const bindPrctl = once(() => {
  checkSystem();
  const prctl = loadKoffi()
    .load(null)
    .func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
  return (option: number, value: number) => prctl(option, value, 0, 0, 0);
});
/** For calls that older C libraries have no function for, with arguments that are numbers. */
export const bindSyscall = once(() => {
  checkSystem();
  return loadKoffi().load(null).func('long syscall(long number, long a, long b, long c, long d)') as (
    ...numbers: [number: number, a: number, b: number, c: number, d: number]
  ) => number;
});

function fcntlOf(koffi: Koffi): Libc['fcntl'] {
  const fcntl = koffi.load(null).func('int fcntl(int fd, int command, ...)');
  return (fd, command, value) => fcntl(fd, command, 'int', value);
}

/** Struct sizes, numbers, and the layout of pointer tables here are those of 64-bit little-endian Linux. Throws elsewhere. */
function checkSystem(): void {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch) || endianness() !== 'LE')
    throw new Error('not a system whose numbers are known');
}

function once<T>(bind: () => T): () => T | undefined {
  let bound: { readonly result: T | undefined } | undefined;
  return () => {
    bound ??= { result: orUndefined(bind) };
    return bound.result;
  };
}

const loadKoffi = (): Koffi => createRequire(import.meta.url)('koffi') as Koffi;

/** Open flags and fcntl commands of 64-bit Linux. */
export const O_RDWR = 2;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const F_SETFD = 2;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;
export const MFD_CLOEXEC = 1;
export const WNOHANG = 1;
export const TIOCSWINSZ = 0x5414;
/** Numbers of system calls, the same on both kinds of processors. */
export const PIDFD_SEND_SIGNAL = 424;
export const PIDFD_OPEN = 434;
export const RLIMIT_LOCKS = 10;
export const PR_SET_CHILD_SUBREAPER = 36;
/** glibc's spawn.h. */
export const POSIX_SPAWN_SETSIGDEF = 0x04;
export const POSIX_SPAWN_SETSIGMASK = 0x08;
export const POSIX_SPAWN_SETSID = 0x80;
/** Larger than sizeof of posix_spawnattr_t (336), posix_spawn_file_actions_t (80) and sigset_t (128) in glibc. */
export const OPAQUE_STRUCT_BYTES = 512;
