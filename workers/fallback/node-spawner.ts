/**
 * Starts processes with what Node itself and node-pty have, where posix_spawn cannot be bound. The behaviour is the same;
 * a start costs more, and the more memory this program holds, since both of them fork.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import { inDirectory } from '#src/process/program-lookup.js';
import { TTY_COLUMNS, TTY_ROWS } from '#src/protocol/limits.js';
import { bindFcntl, bindWaitpid, F_SETFD, FD_CLOEXEC, WNOHANG } from '../native/libc.js';
import { outOfSight } from '../sandbox/out-of-sight.js';
import {
  type Child,
  type EndedLeader,
  type ExitStatus,
  forkWithin,
  type Launch,
  type Spawner,
  type SpawnResult,
} from '../spawner.js';
import { FifoPipes, type PipeEnds } from './fifo-pipes.js';
import { loadPtyBinding, type PtyBinding } from './pty-binding.js';

/** `ended` is called when a leader has ended and can be reaped; `place` is a directory for files, most of which are gone at once. */
export function createNodeSpawner(ended: (pid: number) => void, place: string = outOfSight()): Spawner {
  return new NodeSpawner(ended, place);
}

class NodeSpawner implements Spawner {
  readonly kind = 'child_process';
  readonly adopts = false;
  readonly #place: string;
  readonly #pipes: FifoPipes;
  /** Children of this thread that Node or node-pty still waits for. */
  readonly #awaited = new Set<number>();
  readonly #statuses = new Map<number, ExitStatus>();
  readonly #ended: (pid: number) => void;

  constructor(ended: (pid: number) => void, place: string) {
    this.#ended = ended;
    this.#place = place;
    this.#pipes = new FifoPipes(place);
    keepBirthDescriptors();
    process.once('exit', () => this.close());
  }

  spawn(launch: Launch, done: (result: SpawnResult) => void): void {
    try {
      if (!hasKnownFormat(launch)) done({ errno: os.errno.ENOEXEC });
      else if (launch.stdio === 'terminal') this.#spawnOnTerminal(launch, done);
      else this.#spawnOnPipes(launch, done);
    } catch (error) {
      done({ errno: errnoOf(error) });
    }
  }

  #spawnOnPipes(launch: Launch, done: (result: SpawnResult) => void): void {
    const childEnds: number[] = [];
    const ourEnds: number[] = [];
    const pipe = (childReads: boolean) => {
      const ends = this.#pipes.open();
      childEnds.push(childReads ? ends.read : ends.write);
      ourEnds.push(childReads ? ends.write : ends.read);
      return ends;
    };
    const failed = (errno: number) => {
      for (const fd of ourEnds) closeSync(fd);
      done({ errno });
    };
    let stdin: PipeEnds | undefined;
    let stdout: PipeEnds;
    let stderr: PipeEnds;
    let child: ChildProcess;
    try {
      if (launch.stdio === 'pipes and stdin') stdin = pipe(true);
      stdout = pipe(false);
      stderr = pipe(false);
      child = withDirectory(launch.directory, (cwd) =>
        forkWithin(launch.forking, () =>
          spawn(launch.file, launch.argv.slice(1), {
            argv0: launch.argv[0]!,
            cwd,
            env: Object.fromEntries(launch.environment),
            detached: true,
            stdio: [stdin?.read ?? 'ignore', stdout.write, stderr.write, ...(launch.descriptors ?? [])],
          }),
        ),
      );
    } catch (error) {
      failed(errnoOf(error));
      return;
    } finally {
      for (const fd of childEnds) closeSync(fd);
    }
    this.#await(
      child,
      (error) => failed(errnoOf(error)),
      (pid) =>
        done({
          child: {
            pid,
            outputs: [
              { stream: 'stdout', fd: stdout.read },
              { stream: 'stderr', fd: stderr.read },
            ],
            input: stdin?.write,
          },
        }),
    );
  }

  #spawnOnTerminal(launch: Launch, done: (result: SpawnResult) => void): void {
    const fcntl = bindFcntl();
    const binding = loadPtyBinding();
    // Neither way can choose an argv[0]: it is the path of the program.
    const [name] = launch.argv;
    const namesItself = name === launch.file || name === baseName(launch.file);
    // Without close-on-exec every later child would inherit the terminal, and could read it and type into it.
    if (!fcntl || !binding || !namesItself) {
      done({ errno: os.errno.ENOTSUP });
      return;
    }
    const keep = (fd: number) => fcntl(fd, F_SETFD, FD_CLOEXEC);
    // What fails behind node-pty's fork shows as text on the terminal; this is what would fail most often.
    accessSync(inDirectory(launch.directory, '.'));
    if (launch.descriptors?.length) this.#spawnByShell(launch, launch.descriptors, binding, keep, done);
    else done(this.#fork(launch, binding, keep));
  }

  #fork(launch: Launch, binding: PtyBinding, keep: (fd: number) => void): SpawnResult {
    const args = launch.argv.slice(1);
    const environment = launch.environment.map(([key, value]) => `${key}=${value}`);
    const { fd, pid } = withDirectory(launch.directory, (cwd) =>
      forkWithin(launch.forking, () =>
        binding.fork(
          launch.file,
          args,
          environment,
          cwd,
          TTY_COLUMNS,
          TTY_ROWS,
          -1,
          -1,
          false,
          '',
          (exitCode, signal) => this.#end(pid, signal ? { signal } : { exitCode }),
        ),
      ),
    );
    this.#awaited.add(pid);
    keep(fd);
    const child: Child = { pid, outputs: [{ stream: 'pty', fd }], input: fd };
    return { child };
  }

  /**
   * node-pty passes no descriptors, and Node no terminals: a shell in front of the program makes one that is open already the
   * terminal of its session. Shells drop variables whose names they do not understand; whoever passes descriptors knows.
   */
  #spawnByShell(
    launch: Launch,
    descriptors: readonly number[],
    binding: PtyBinding,
    keep: (fd: number) => void,
    done: (result: SpawnResult) => void,
  ): void {
    const { master, slave, pty } = binding.open(TTY_COLUMNS, TTY_ROWS);
    keep(master);
    keep(slave);
    const failed = (error: unknown) => {
      closeSync(master);
      done({ errno: errnoOf(error) });
    };
    let child: ChildProcess;
    try {
      child = withDirectory(launch.directory, (cwd) =>
        forkWithin(launch.forking, () =>
          spawn('/bin/sh', ['-c', TAKE_TERMINAL, pty, launch.file, ...launch.argv.slice(1)], {
            cwd,
            env: Object.fromEntries(launch.environment),
            detached: true,
            stdio: [slave, slave, slave, ...descriptors],
          }),
        ),
      );
    } catch (error) {
      failed(error);
      return;
    } finally {
      closeSync(slave);
    }
    this.#await(child, failed, (pid) =>
      done({ child: { pid, outputs: [{ stream: 'pty', fd: master }], input: master } }),
    );
  }

  /** Exactly one of the two is called, `started` at once. */
  #await(child: ChildProcess, failed: (error: unknown) => void, started: (pid: number) => void): void {
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', failed);
      return;
    }
    this.#awaited.add(pid);
    child.once('exit', (code, signal) =>
      this.#end(pid, signal ? { signal: os.signals[signal] } : { exitCode: code ?? 0 }),
    );
    started(pid);
  }

  #end(pid: number, status: ExitStatus): void {
    this.#awaited.delete(pid);
    this.#statuses.set(pid, status);
    this.#ended(pid);
  }

  reap(pid: number): EndedLeader | undefined {
    const known = this.#statuses.get(pid);
    this.#statuses.delete(pid);
    const status = known || this.#awaited.has(pid) ? known : this.#reapOrphan(pid);
    // Node waits for its children itself, and keeps to itself what they have used.
    return status && { status, used: undefined };
  }

  /**
   * A child of a thread that has died: nobody in Node waits for it any more, and nobody asks how it ended. One that is gone
   * already was reaped by node-pty, whose waiting outlives the thread.
   */
  #reapOrphan(pid: number): ExitStatus | undefined {
    const waitpid = bindWaitpid();
    return waitpid && waitpid(pid, WNOHANG) !== 0 ? { exitCode: 0 } : undefined;
  }

  /** It could not reap them: Node waits for its own children only. */
  adoptOrphans(): void {}

  reapAdopted(): undefined {
    return undefined;
  }

  close(): void {
    this.#pipes.close();
  }

  createNamelessFile(): number {
    const path = join(this.#place, `farhand-${randomUUID()}`);
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    unlinkSync(path);
    return fd;
  }

  createPipe(): { read: number; write: number } {
    return this.#pipes.open(constants.O_NONBLOCK);
  }

  spawnGuard(script: string, table: number): { pid: number; lifeline: number } {
    const lifeline = this.#pipes.open();
    const guard = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: [lifeline.read, 'ignore', 'ignore', table],
    });
    closeSync(lifeline.read);
    guard.unref();
    const { pid } = guard;
    if (pid === undefined) {
      guard.once('error', () => {});
      closeSync(lifeline.write);
      throw new Error('the guard of the process groups could not be started: /bin/sh does not run');
    }
    this.#awaited.add(pid);
    guard.once('exit', (exitCode) => this.#end(pid, { exitCode: exitCode ?? 0 }));
    return { pid, lifeline: lifeline.write };
  }
}

/** The leader of a session that has no terminal gets the first one that it opens. */
const TAKE_TERMINAL = 'exec <>"$0" >&0 2>&0 && exec "$@"';

/**
 * What this program was born with, besides 0 to 2, would pass to every child; whatever it opens itself is close-on-exec.
 * Nothing can be done about it where koffi does not load.
 */
function keepBirthDescriptors(): void {
  const fcntl = bindFcntl();
  if (!fcntl || !existsSync(DESCRIPTORS)) return;
  for (const name of readdirSync(DESCRIPTORS)) if (Number(name) > 2) fcntl(Number(name), F_SETFD, FD_CLOEXEC);
}
const DESCRIPTORS = '/dev/fd';

/** Node starts with execvp, which gives a file of no known format to a shell; it is refused here instead. */
function hasKnownFormat({ file, directory }: Launch): boolean {
  const start = Buffer.alloc(4);
  try {
    const fd = openSync(inDirectory(directory, file), constants.O_RDONLY);
    readSync(fd, start);
    closeSync(fd);
  } catch {
    // Executable and not readable: only the system can tell.
    return true;
  }
  return start.equals(ELF) || start.toString('latin1', 0, 2) === '#!';
}
const ELF = Buffer.from('\x7fELF', 'latin1');

/** Node takes directories as text only; one that is not UTF-8 is reached through its descriptor. */
function withDirectory<T>(directory: string | Uint8Array, use: (cwd: string) => T): T {
  if (typeof directory === 'string') return use(directory);
  const fd = openSync(Buffer.from(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

/** node-pty's fork and mkfifo fail without a number; that may cost a start, but not the worker with all its processes. */
function errnoOf(error: unknown): number {
  return Math.abs((error as NodeJS.ErrnoException).errno ?? os.errno.EIO);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
