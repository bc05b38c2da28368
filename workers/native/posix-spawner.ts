/**
 * Starts processes with posix_spawn. It does not copy the page tables of this program as fork does, so its cost does not grow
 * with our memory: 0.1 ms against 1 to 10 ms (the measurements are in the bench folder: one-shot).
 */
import { closeSync } from 'node:fs';
import { TTY_COLUMNS, TTY_ROWS } from '#src/protocol/limits.js';
import {
  type Child,
  type EndedLeader,
  forkWithin,
  type Launch,
  type Spawner,
  type SpawnResult,
  type UsedByLeader,
} from '../spawner.js';
import {
  bindLibc,
  bindPrctl,
  F_SETFL,
  type Libc,
  MFD_CLOEXEC,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  OPAQUE_STRUCT_BYTES,
  POSIX_SPAWN_SETSID,
  POSIX_SPAWN_SETSIGDEF,
  POSIX_SPAWN_SETSIGMASK,
  PR_SET_CHILD_SUBREAPER,
  TIOCSWINSZ,
  WNOHANG,
} from './libc.js';
import { RUSAGE_WORDS, usedByLeader } from './rusage.js';

const DEV_NULL = cString('/dev/null');
/** Its exit code is that of a wait that failed. */
const UNKNOWN_END: EndedLeader = { status: { exitCode: -1 }, used: undefined };
/** Of a child, behind its standard streams. */
const FIRST_EXTRA = 3;

/** Undefined where the C library lacks what is needed. */
export function createPosixSpawner(): Spawner | undefined {
  const libc = bindLibc();
  return libc && new PosixSpawner(libc);
}

class PosixSpawner implements Spawner {
  readonly kind = 'posix_spawn';
  readonly #libc: Libc;
  /** New session, every signal at its default, none blocked; the same for all children, so made once. */
  readonly #attributes = Buffer.alloc(OPAQUE_STRUCT_BYTES);
  readonly #actions = Buffer.alloc(OPAQUE_STRUCT_BYTES);
  readonly #ints = new Int32Array(2);
  readonly #rusage = new BigInt64Array(RUSAGE_WORDS);
  /** What C pointers of the running call point into: reachable, so that it is not collected meanwhile. */
  #inUse: Buffer[] = [];
  #adopts = false;

  constructor(libc: Libc) {
    this.#libc = libc;
    const signals = Buffer.alloc(OPAQUE_STRUCT_BYTES);
    libc.attrInit(this.#attributes);
    // Every bit: sigfillset leaves out the two signals of the thread library, which the child would then ignore.
    signals.fill(0xff);
    libc.attrSetSigdefault(this.#attributes, signals);
    libc.sigemptyset(signals);
    libc.attrSetSigmask(this.#attributes, signals);
    libc.attrSetFlags(this.#attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }

  spawn(launch: Launch, done: (result: SpawnResult) => void): void {
    done(launch.stdio === 'terminal' ? this.#spawnOnTerminal(launch) : this.#spawnOnPipes(launch));
  }

  #spawnOnPipes(launch: Launch): SpawnResult {
    const opened: number[] = [];
    const childEnds: number[] = [];
    try {
      const pipe = (childReads: boolean) => {
        const ends = this.#pipe();
        opened.push(ends.read, ends.write);
        childEnds.push(childReads ? ends.read : ends.write);
        return ends;
      };
      const stdin = launch.stdio === 'pipes and stdin' ? pipe(true) : undefined;
      const stdout = pipe(false);
      const stderr = pipe(false);
      const result = this.#spawn(launch, (actions) => {
        if (stdin) this.#libc.actionsAddDup2(actions, stdin.read, 0);
        else this.#libc.actionsAddOpen(actions, 0, DEV_NULL, 0, 0);
        this.#libc.actionsAddDup2(actions, stdout.write, 1);
        this.#libc.actionsAddDup2(actions, stderr.write, 2);
      });
      if ('errno' in result) {
        for (const fd of opened) closeSync(fd);
        return result;
      }
      for (const fd of childEnds) closeSync(fd);
      const outputs: Child['outputs'] = [
        { stream: 'stdout', fd: stdout.read },
        { stream: 'stderr', fd: stderr.read },
      ];
      return { child: { pid: result.pid, outputs, input: stdin?.write } };
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      if (error instanceof OsFailure) return { errno: error.errno };
      throw error;
    }
  }

  #spawnOnTerminal(launch: Launch): SpawnResult {
    const libc = this.#libc;
    const master = libc.posixOpenpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0) return { errno: libc.errno() };
    const name = Buffer.alloc(128);
    const size = Uint16Array.of(TTY_ROWS, TTY_COLUMNS, 0, 0);
    const ready =
      libc.grantpt(master) === 0 &&
      libc.unlockpt(master) === 0 &&
      libc.ptsname(master, name, name.length) === 0 &&
      libc.setWindowSize(master, TIOCSWINSZ, size) === 0;
    // The new session leader's first terminal becomes its controlling terminal.
    const result = ready
      ? this.#spawn(launch, (actions) => {
          libc.actionsAddOpen(actions, 0, name, O_RDWR, 0);
          libc.actionsAddDup2(actions, 0, 1);
          libc.actionsAddDup2(actions, 0, 2);
        })
      : { errno: libc.errno() };
    if ('errno' in result) {
      closeSync(master);
      return result;
    }
    return { child: { pid: result.pid, outputs: [{ stream: 'pty', fd: master }], input: master } };
  }

  #spawn(launch: Launch, addStdio: (actions: Buffer) => void): { pid: number } | { errno: number } {
    const libc = this.#libc;
    const actions = this.#actions;
    const descriptors = launch.descriptors ?? [];
    libc.actionsInit(actions);
    try {
      addStdio(actions);
      const unplaced = this.#addDescriptors(actions, descriptors);
      if (unplaced !== 0) return { errno: unplaced };
      const directory = cString(launch.directory);
      libc.actionsAddChdir(actions, directory);
      libc.actionsAddCloseFrom(actions, FIRST_EXTRA + descriptors.length);
      const argv = this.#stringTable(launch.argv);
      const envp = this.#stringTable(launch.environment.map(([name, value]) => `${name}=${value}`));
      this.#inUse = [argv.bytes, envp.bytes];
      const file = cString(launch.file);
      const errno = forkWithin(launch.forking, () =>
        libc.posixSpawn(this.#ints, file, actions, this.#attributes, argv.pointers, envp.pointers),
      );
      return errno === 0 ? { pid: this.#ints[0]! } : { errno };
    } finally {
      this.#inUse.length = 0;
      libc.actionsDestroy(actions);
    }
  }

  /** First out of the way of each other's places, then into place. Out: an errno, where there are not so many numbers. */
  #addDescriptors(actions: Buffer, descriptors: readonly number[]): number {
    const aside = Math.max(FIRST_EXTRA + descriptors.length, ...descriptors.map((fd) => fd + 1));
    const moves = [
      ...descriptors.map((fd, index) => [fd, aside + index]),
      ...descriptors.map((_, index) => [aside + index, FIRST_EXTRA + index]),
    ];
    for (const [from, to] of moves) {
      const errno = this.#libc.actionsAddDup2(actions, from, to);
      if (errno !== 0) return errno;
    }
    return 0;
  }

  reap(pid: number): EndedLeader | undefined {
    const found = this.#libc.wait4(pid, this.#ints, WNOHANG, this.#rusage);
    // No child of ours: nothing will ever be told of it.
    if (found < 0) return UNKNOWN_END;
    if (found !== pid) return undefined;
    const status = this.#ints[0]!;
    const signal = status & 0x7f;
    return {
      status: signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal },
      used: usedByLeader(this.#rusage, process.resourceUsage().maxRSS * 1024),
    };
  }

  adoptOrphans(): void {
    this.#adopts = bindPrctl()?.(PR_SET_CHILD_SUBREAPER, 1) === 0;
  }

  get adopts(): boolean {
    return this.#adopts;
  }

  reapAdopted(pid: number): UsedByLeader | undefined {
    const found = this.#libc.wait4(pid, this.#ints, WNOHANG, this.#rusage);
    // Its peak is its own: it began on the memory of another child, and not on that of this program.
    return found === pid ? usedByLeader(this.#rusage, undefined) : undefined;
  }

  /** It keeps nothing. */
  close(): void {}

  createNamelessFile(): number {
    const fd = this.#libc.memfdCreate(cString('farhand'), MFD_CLOEXEC);
    if (fd < 0) throw new OsFailure(this.#libc.errno());
    return fd;
  }

  spawnGuard(script: string, table: number): { pid: number; lifeline: number } {
    const lifeline = this.#pipe();
    const launch: Launch = {
      file: '/bin/sh',
      argv: ['sh', '-c', script],
      environment: [],
      directory: '/',
      stdio: 'pipes and stdin',
      descriptors: [table],
    };
    const result = this.#spawn(launch, (actions) => {
      this.#libc.actionsAddDup2(actions, lifeline.read, 0);
      this.#libc.actionsAddOpen(actions, 1, DEV_NULL, O_RDWR, 0);
      this.#libc.actionsAddDup2(actions, 1, 2);
    });
    closeSync(lifeline.read);
    if ('errno' in result) {
      closeSync(lifeline.write);
      throw new OsFailure(result.errno);
    }
    return { pid: result.pid, lifeline: lifeline.write };
  }

  createPipe(): { read: number; write: number } {
    const ends = this.#pipe();
    // Each end has a mode of its own; pipe2 would set it for both.
    this.#libc.fcntl(ends.read, F_SETFL, O_NONBLOCK);
    return ends;
  }

  #pipe(): { read: number; write: number } {
    if (this.#libc.pipe2(this.#ints, O_CLOEXEC) !== 0) throw new OsFailure(this.#libc.errno());
    return { read: this.#ints[0]!, write: this.#ints[1]! };
  }

  /** A C array of strings; the pointers lead into `bytes`. */
  #stringTable(strings: readonly string[]): { pointers: BigUint64Array; bytes: Buffer } {
    const bytes = Buffer.from(`${strings.join('\0')}\0`);
    const pointers = new BigUint64Array(strings.length + 1);
    let at = this.#libc.address(bytes);
    strings.forEach((text, index) => {
      pointers[index] = at;
      at += BigInt(Buffer.byteLength(text) + 1);
    });
    return { pointers, bytes };
  }
}

/** A failed call of the C library on the way to a start. */
class OsFailure extends Error {
  constructor(readonly errno: number) {
    super(`os error ${errno}`);
  }
}

function cString(text: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(text as string), Buffer.of(0)]);
}
