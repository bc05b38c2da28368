import type { ExecutionContext } from 'ava';
import type { Confinement } from './codex-exec.js';
import type { ModelRequest } from './mock-model.js';
import type { ToolCall, ToolOutput } from './script.js';
import type { Tree } from './tree.js';

/** Something a model does with the files of an executor, and what it must see and leave: the same on every executor. */
export interface FileScenario {
  /** Completes the sentence "a model ...". */
  readonly title: string;
  /** What the client's folder holds on the executor at first. */
  readonly files: Tree;
  /** What the executor's own home, its CODEX_HOME, holds besides. */
  readonly home?: Tree;
  /** Where the client works, a path from its folder; the folder itself by default. */
  readonly cwd?: string;
  /** Features of the client to switch on that are off by default. */
  readonly features?: readonly string[];
  /** What the client lets commands do, given its name for the folder; everything by default. */
  readonly confinement?: (folder: string) => Confinement;
  /** The model's calls, one after the other. */
  readonly calls: readonly ToolCall[];
  /** Whether the client came to it: what it looks for beside its first request to the model it may find too late on a busy machine. */
  readonly wasInTime?: (seen: Seen) => boolean;
  check(t: ExecutionContext, seen: Seen): void;
}

export interface Seen {
  /** The client's name for the folder. */
  readonly folder: string;
  readonly firstRequest: ModelRequest;
  /** One for each call. */
  readonly outputs: readonly ToolOutput[];
  /** What the folder holds on the executor at last, when the executor has ended, too. */
  readonly files: Tree;
  /** The folders of it in which there is nothing when the client has ended, and the executor has not. */
  readonly emptyFolders: readonly string[];
}
