/**
 * What passes between the main thread and a helper: a program of ours in a sandbox that does the file operations of one session
 * under one policy. Frames go through its standard input and output, see frames.ts: JSON and a body of bytes.
 *
 * The operations and their tasks are those of the threads for files (pool/file-calls.ts), so that the same code does them. A helper
 * has the rights of a command under the same policy; what it says is read as if a stranger had said it.
 */
import type { FileOperation, FilePath, FileStamp, FileTasks } from '../pool/file-calls.js';

/** Configuration and installed capabilities are the executor's own affair, and never read for a policy. */
export type SandboxedOperation = Exclude<FileOperation, 'readConfig' | 'discoverInstalled' | 'judgePeers'>;

/**
 * Main to helper. Ids are positive, and never used twice.
 * `task` is that of the operation in JSON: without memory (`slot`, `gone`, `bytes`; bytes to write are the body), a path that is not
 * UTF-8 as {"base64": ...}, an offset beyond 2^53 as a string of digits.
 */
export type HelperRequest =
  | { readonly id: number; readonly operation: SandboxedOperation; readonly task: object }
  /** A descriptor of an earlier openFile is not used any more. Answered by {"id", "done": null}. */
  | { readonly id: number; readonly operation: 'closeFile'; readonly task: { readonly fd: number } }
  /** Stop this copy between two pieces of work. Not answered by itself. */
  | { readonly cancel: number };

export type HelperReply =
  | { readonly id: number; readonly done: HelperResult }
  | { readonly id: number; readonly fault: { readonly code: number; readonly message: string } };

/**
 * The operation's result, as far as it is no text of the peer's: results that are JSON text (readFile, readDirectory, walk,
 * discoverRoots, and readBlock without its envelope) are the body of the frame, as they are sent to the peer.
 */
export type HelperResult =
  | null
  | FileTasks['getMetadata']['result']
  /** canonicalize */
  | FileTasks['canonicalize']['result']
  /** openFile: the helper's number. */
  | { readonly fd: number }
  /** readBlock. The stamp is not carried over: what a sandbox says of a file is no ground for reading it ahead. */
  | { readonly eof: boolean };

/** As `FilePath` stands in a task. */
export type WirePath = string | { readonly base64: string };
export type { FilePath, FileStamp };
