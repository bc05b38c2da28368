/** The client of Farhand: `connect` to an executor, `run` and `start` commands on it. */
export { Client, type RunOptions, type StartCommandOptions } from './client/client.js';
export type { ProcessExit } from './client/completion.js';
export { type CommandTarget, type ConnectOptions, connect } from './client/connect.js';
export {
  FarhandError,
  MisuseError,
  ProcessError,
  RefusedError,
  StoppedError,
  TransportError,
} from './client/errors.js';
export type { CallOptions } from './client/link.js';
export type {
  ClosedEvent,
  ExitedEvent,
  LostEvent,
  OutputEvent,
  ProcessEvent,
  StreamName,
} from './client/process-event.js';
export { RemoteProcess } from './client/remote-process.js';
export { RunResult } from './client/run-result.js';
export type { ClientState } from './client/session.js';
export type { EnvPolicyOptions, StartOptions } from './client/start-request.js';
