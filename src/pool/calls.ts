/**
 * The typed messages between the main thread and a supervising worker. Nothing else passes between them,
 * except the rings and frame slabs (shared memory) that these messages introduce.
 *
 * Order is kept in both directions. Small records travel alone; bulk bytes lie in shared memory and only their place travels.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Bubblewrap } from '../bubblewrap/bubblewrap.js';
import type { EndCause, ResourceUsage } from '../protocol/process-end.js';
import type { RingExit } from '../rings/published-state.js';
import type { StreamName } from '../rings/record-layout.js';
import type { Policy } from '../sandbox/policy.js';

export type { StreamName };

/** Names one started process between main and worker; never reused, unlike a processId. */
export type ProcessKey = number;

/** What to start, as plain facts: the environment is final, the directory a native path. */
export interface LaunchPlan {
  /** Program and arguments as the peer gave them; the first one is looked up by the worker. Never empty. */
  readonly argv: readonly string[];
  /** argv[0] as the program sees it, when it differs. */
  readonly arg0: string | null;
  /** A native path; bytes when it is not UTF-8. */
  readonly directory: string | Uint8Array;
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly stdio: 'terminal' | 'pipes' | 'pipes and stdin';
  /** Null: nobody asked for a sandbox. */
  readonly confinement: Confinement | null;
}

/** What a process may do. */
export type Confinement =
  /** Everything: there is nothing to enforce. It counts as confined all the same, and its denials are looked for. */
  { readonly is: 'free' } | ({ readonly is: 'sandboxed' } & Enforcement);

/** A policy, and what enforces it. */
export interface Enforcement {
  readonly policy: Exclude<Policy, { kind: 'free' }>;
  readonly bubblewrap: Bubblewrap;
}

/** What the pool's `run` gets when a worker is attached for its life. */
export interface AttachTask {
  readonly port: MessagePort;
  /** `auto`: posix_spawn where it can be bound, else child_process. */
  readonly spawner: SpawnerChoice;
  /** Absolute paths that no sandboxed process may look at, links followed each time: the executor's own tokens and keys. */
  readonly secrets: readonly string[];
  /** Whether this program is to take in orphans of its children, see orphans.ts. */
  readonly adoptsOrphans: boolean;
  /** See start-marks.ts. */
  readonly startMarks: SharedArrayBuffer;
}
export type SpawnerChoice = 'auto' | 'child_process';

export type ToWorker =
  | {
      readonly do: 'start';
      readonly key: ProcessKey;
      readonly id: string;
      readonly plan: LaunchPlan;
      readonly watched: boolean;
    }
  /** Bytes for stdin, in order; answered by `taken` once written or discarded. */
  | { readonly do: 'write'; readonly key: ProcessKey; readonly bytes: Uint8Array }
  /** SIGINT to the group; answered by `interrupted` with the token. */
  | { readonly do: 'interrupt'; readonly key: ProcessKey; readonly token: number }
  /** SIGKILL to the group; output still in the pipes is kept, but nobody else's hold on them is waited for. */
  | { readonly do: 'terminate'; readonly key: ProcessKey }
  /** From here on somebody (or nobody) wants the output of these processes; answered by `watching` with the token. */
  | { readonly do: 'watch'; readonly keys: readonly ProcessKey[]; readonly watched: boolean; readonly token: number }
  /** Frames that have left or were dropped, one entry each. */
  | { readonly do: 'sent'; readonly frames: readonly SentFrame[] }
  /** The process has exited and nobody will read it again: its streams are given up, its ring may serve another. */
  | { readonly do: 'forget'; readonly key: ProcessKey }
  /**
   * Places to which some worker is about to give a sandbox write access, as the policy spells them: programs may plant links there
   * from now on. Told to every worker before any of them launches it.
   */
  | { readonly do: 'remember'; readonly writable: readonly string[] }
  /**
   * Starts the program that does file operations in a sandbox (workers/sandboxed-files.ts). Answered by `helper` or `refused`;
   * `terminate` kills it, and its end is told by `helperEnded` in any case.
   */
  | { readonly do: 'startHelper'; readonly key: ProcessKey; readonly enforcement: Enforcement }
  /** Whether the helper's sandbox is still what a new one would be; answered by `checked` with the token. */
  | { readonly do: 'check'; readonly key: ProcessKey; readonly token: number }
  /** Some child of this program has changed state (SIGCHLD reaches only the main thread). */
  | { readonly do: 'sweep' }
  /** Reap these children of a worker that died; its guard kills what is left of them. */
  | { readonly do: 'bury'; readonly pids: readonly number[] }
  /** Kill and reap everything, then end the task. */
  | { readonly do: 'end' };

export interface SentFrame {
  readonly key: ProcessKey;
  /** Where the frame lay in shared memory; undefined for a frame that travelled as text. */
  readonly slot: number | undefined;
}

/** What a worker tells. A message is a list of these, in order. */
export type FromWorker =
  /** The first note. Without a guard its processes can outlive this program when it is killed; `unguarded` says why there is none. */
  | {
      readonly tell: 'ready';
      readonly spawner: 'posix_spawn' | 'child_process';
      readonly guard: Guard | undefined;
      readonly unguarded: string | undefined;
      /** This program takes in orphans from now on. */
      readonly adopts: boolean;
    }
  | { readonly tell: 'started'; readonly key: ProcessKey; readonly pid: number }
  /** Nothing was started; code and message are for the peer. */
  | { readonly tell: 'refused'; readonly key: ProcessKey; readonly code: number; readonly message: string }
  /** A helper runs. Its pipes belong to the main thread from here on; the pid is that of the leader. */
  | ({ readonly tell: 'helper'; readonly key: ProcessKey; readonly pid: number } & StartedHelper)
  /** It has been reaped, and nothing of it is left on the disk. */
  | { readonly tell: 'helperEnded'; readonly key: ProcessKey; readonly exitCode: number }
  | { readonly tell: 'checked'; readonly token: number; readonly holds: boolean }
  /** The retained-output window of a process; told before its first output. */
  | { readonly tell: 'ring'; readonly key: ProcessKey; readonly ring: SharedArrayBuffer }
  /** Memory for frames; slot n lies in slab n / SLOTS_PER_SLAB, rounded down. Told before its first use. */
  | { readonly tell: 'slab'; readonly slab: SharedArrayBuffer }
  /** Output was added to the ring; `frame` is its ready process/output message when the process is watched. */
  | { readonly tell: 'output'; readonly key: ProcessKey; readonly seq: number; readonly frame: Frame | undefined }
  | ({ readonly tell: 'exited'; readonly key: ProcessKey; readonly end: WorkersEnd } & RingExit)
  | { readonly tell: 'closed'; readonly key: ProcessKey; readonly seq: number }
  /** So many writes have left the worker's queue. */
  | { readonly tell: 'taken'; readonly key: ProcessKey; readonly writes: number }
  | { readonly tell: 'watching'; readonly token: number }
  /** `errno` 0: the group has been signalled, or nobody was left in it. */
  | { readonly tell: 'interrupted'; readonly token: number; readonly errno: number };

/** What a worker knows of an end. */
export interface WorkersEnd {
  readonly cause: WorkersCause | undefined;
  readonly usage: ResourceUsage;
}

/** `killed`: as the main thread asked, which knows for whom. */
export type WorkersCause = Extract<EndCause, { type: 'exited' | 'signaled' }> | { readonly type: 'killed' };

/** Our ends of a helper's pipes. */
export interface StartedHelper {
  readonly input: number;
  readonly output: number;
  readonly errors: number;
}

/** The watcher over a worker's processes. Its descriptors outlive a worker that dies. */
export interface Guard {
  readonly pid: number;
  /** Closing it makes the guard kill whatever `table` lists. */
  readonly lifeline: number;
  readonly table: number;
}

/** A ready message: as text when it is small, else as its place in shared memory. */
export type Frame = { readonly text: string } | { readonly slot: number; readonly length: number };
