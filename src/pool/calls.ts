/**
 * The typed messages between the main thread and a supervising worker. Nothing else passes between them,
 * except the rings and frame slabs (shared memory) that these messages introduce.
 *
 * Order is kept in both directions. Small records travel alone; bulk bytes lie in shared memory and only their place travels.
 */
import type { MessagePort } from 'node:worker_threads';
import type { StreamName } from '../rings/record-layout.js';

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
}

/** What the pool's `run` gets when a worker is attached for its life. */
export interface AttachTask {
  readonly port: MessagePort;
  /** `auto`: posix_spawn where it can be bound, else child_process. */
  readonly spawner: SpawnerChoice;
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
    }
  | { readonly tell: 'started'; readonly key: ProcessKey; readonly pid: number }
  /** Nothing was started; `message` is for the peer. */
  | { readonly tell: 'refused'; readonly key: ProcessKey; readonly message: string }
  /** The retained-output window of a process; told before its first output. */
  | { readonly tell: 'ring'; readonly key: ProcessKey; readonly ring: SharedArrayBuffer }
  /** Memory for frames; slot n lies in slab n >> SLOTS_PER_SLAB_BITS. Told before its first use. */
  | { readonly tell: 'slab'; readonly slab: SharedArrayBuffer }
  /** Output was added to the ring; `frame` is its ready process/output message when the process is watched. */
  | { readonly tell: 'output'; readonly key: ProcessKey; readonly seq: number; readonly frame: Frame | undefined }
  | { readonly tell: 'exited'; readonly key: ProcessKey; readonly seq: number; readonly exitCode: number }
  | { readonly tell: 'closed'; readonly key: ProcessKey; readonly seq: number }
  /** So many writes have left the worker's queue. */
  | { readonly tell: 'taken'; readonly key: ProcessKey; readonly writes: number }
  | { readonly tell: 'watching'; readonly token: number }
  /** `errno` 0: the group has been signalled, or nobody was left in it. */
  | { readonly tell: 'interrupted'; readonly token: number; readonly errno: number };

/** The watcher over a worker's processes. Its descriptors outlive a worker that dies. */
export interface Guard {
  readonly pid: number;
  /** Closing it makes the guard kill whatever `table` lists. */
  readonly lifeline: number;
  readonly table: number;
}

/** A ready message: as text when it is small, else as its place in shared memory. */
export type Frame = { readonly text: string } | { readonly slot: number; readonly length: number };
