/** The client of Farhand: `connect` to an executor, `run` and `start` commands on it. */
export { Client, type RunOptions, type StartCommandOptions } from './client/client.js';
export type { ProcessExit } from './client/completion.js';
export { type ConnectOptions, connect } from './client/connect.js';
export { connectFromEnvironment, type FromEnvironmentOptions } from './client/connect-from-environment.js';
export type { CommandTarget } from './client/direct-targets.js';
export type { EnvironmentTarget } from './client/environment-url.js';
export {
  FarhandError,
  FileError,
  type FileErrorCode,
  LimitError,
  MisuseError,
  ProcessError,
  RefusedError,
  StoppedError,
  TransportError,
} from './client/errors.js';
export { FileReadStream } from './client/files/file-read-stream.js';
export { FileWriteStream } from './client/files/file-write-stream.js';
export type {
  CopyOptions,
  CreateDirectoryOptions,
  FileOptions,
  OpenReadOptions,
  RemoveOptions,
  SymlinkOptions,
  WalkOptions,
} from './client/files/options.js';
export { type DirectoryEntry, type FileMetadata, RemoteFiles, type WalkResult } from './client/files/remote-files.js';
export type { CallOptions } from './client/link.js';
export type {
  ClosedEvent,
  EndCause,
  ExitedEvent,
  LostEvent,
  OutputEvent,
  ProcessEvent,
  ResourceUsage,
  StreamName,
  ToldOfEnd,
} from './client/process-event.js';
export { fileUri, type RemotePath, uriPath } from './client/remote-path.js';
export { RemoteProcess } from './client/remote-process.js';
export { RunResult } from './client/run-result.js';
export {
  readOnlySandbox,
  type Sandbox,
  type SandboxOptions,
  type WorkspaceSandboxOptions,
  workspaceSandbox,
} from './client/sandbox-profiles.js';
export type { ClientState } from './client/session.js';
export type { EnvPolicyOptions, StartOptions } from './client/start-request.js';
