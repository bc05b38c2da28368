/** What the two ways of starting a process have in common. */
import type { StreamName } from '#src/pool/calls.js';

/** A start with everything decided: the program found, argv[0] chosen, the environment final. */
export interface Launch {
  /** Path of the program, relative to the directory if it is not absolute. */
  readonly file: string;
  /** As the program sees it; argv[0] included. */
  readonly argv: readonly string[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly directory: string | Uint8Array;
  readonly stdio: 'terminal' | 'pipes' | 'pipes and stdin';
  /** Open descriptors of ours that the child gets besides: the first as its 3, the next as its 4, and so on. They stay ours. */
  readonly descriptors?: readonly number[];
  readonly forking?: Forking | undefined;
}

/** Told right before and right behind the call that makes the child, whether it succeeds or not. */
export interface Forking {
  before(): void;
  after(): void;
}

export function forkWithin<T>(forking: Forking | undefined, fork: () => T): T {
  forking?.before();
  try {
    return fork();
  } finally {
    forking?.after();
  }
}

/** The parent's ends; none of them is inherited by other children. The caller owns them from here on. */
export interface Child {
  readonly pid: number;
  readonly outputs: readonly { readonly stream: StreamName; readonly fd: number }[];
  /** Where input goes; for a terminal the same descriptor as its output. */
  readonly input: number | undefined;
}

export type SpawnResult = { readonly child: Child } | { readonly errno: number };

/** How a leader ended, as waitpid tells it. */
export type ExitStatus = { readonly exitCode: number } | { readonly signal: number };

/** What a leader has used, with all its descendants that ended and were waited for. */
export interface UsedByLeader {
  readonly userMs: number;
  readonly systemMs: number;
  /** The most that one of them had resident; undefined where it is not known. */
  readonly peakRssBytes: number | undefined;
}

export interface EndedLeader {
  readonly status: ExitStatus;
  /** Undefined where nothing but the end is told. */
  readonly used: UsedByLeader | undefined;
}

export interface Spawner {
  readonly kind: 'posix_spawn' | 'child_process';
  /**
   * Starts a leader of a new session and group, with default signal dispositions, an empty mask and only descriptors 0 to 2.
   * `done` is called once, at once where the system allows it.
   */
  spawn(launch: Launch, done: (result: SpawnResult) => void): void;
  /** The leader's end, told once and only when it has come; the pid is free from then on. */
  reap(pid: number): EndedLeader | undefined;
  /** Makes this program the parent of orphans below it (PR_SET_CHILD_SUBREAPER), where it can; it must reap them from then on. */
  adoptOrphans(): void;
  readonly adopts: boolean;
  /** What an adopted orphan has used that has ended; undefined where nobody can tell. Its pid is free from then on. */
  reapAdopted(pid: number): UsedByLeader | undefined;
  /**
   * Starts the shell script as a process that is independent of every signal to our group. Its descriptor 0 is the reading end
   * of a pipe, of which `lifeline` is the only other end; its descriptor 3 is the file `table`. It is reaped like a leader.
   */
  spawnGuard(script: string, table: number): { readonly pid: number; readonly lifeline: number };
  /** A private file without a name: the descriptor, for positional writes. No child inherits it. */
  createNamelessFile(): number;
  /** A pipe whose ends no child inherits; its reading end does not block. */
  createPipe(): { readonly read: number; readonly write: number };
  /** Gives up what is kept for later starts. A thread of the pool is ended without an exit event, so it has to be asked. */
  close(): void;
}
