/** The wire protocol of the executor: shapes, limits, errors and texts, for whoever writes a peer. */
export type { ConfigReadParams, ConfigReadResult } from './config.js';
export { decodeParams, decodeResult } from './decode.js';
export type {
  DiscoverCapabilitiesParams,
  DiscoverCapabilitiesResult,
  DiscoverRootsParams,
  DiscoverRootsResult,
} from './discovery.js';
export {
  decodeMessage,
  describeInvalidUtf8,
  type ErrorBody,
  encodeError,
  encodeMalformed,
  encodeNotification,
  encodeRequest,
  encodeResult,
  type Incoming,
  MalformedMessage,
  type TraceContext,
} from './envelope.js';
export type { Capabilities, EnvironmentInfo, EnvironmentStatus } from './environment.js';
export * from './errors.js';
export type * from './files.js';
export type { BodyDelta, HttpRequestParams, HttpRequestResult } from './http.js';
export * from './ids.js';
export { parseJson } from './json.js';
export { JsonSyntaxError } from './json-syntax-error.js';
export { JsonFloat, type JsonNumber, type JsonObject, type JsonValue } from './json-value.js';
export * from './limits.js';
export {
  type DecodedParams,
  isMethod,
  METHODS,
  type Method,
  type MethodParams,
  type MethodReplies,
  type MethodResults,
} from './methods.js';
export type {
  ManagedNetwork,
  NetworkProxy,
  PolicyDecision,
  PolicyRequestParams,
  PolicyRequestResult,
} from './network.js';
export {
  decodeNotification,
  isStreamNotification,
  type Notification,
  type NotificationMethod,
  type NotificationParams,
} from './notifications.js';
export {
  fileUri,
  isNative,
  joinUri,
  type NativePath,
  nativePath,
  notNativeText,
  parentUri,
  parsePathUri,
} from './path-uri.js';
export type {
  ClosedEvent,
  EnvPolicy,
  ExecMetadata,
  ExitedEvent,
  OutputChunk,
  OutputEvent,
  OutputStream,
  ReadParams,
  ReadResult,
  SandboxType,
  ShellInfo,
  SignalParams,
  StartParams,
  StartResult,
  TerminateParams,
  TerminateResult,
  WriteParams,
  WriteResult,
  WriteStatus,
} from './process.js';
export { type EndCause, PROCESS_END, type ResourceUsage } from './process-end.js';
export {
  allowsAllFiles,
  isFullAccess,
  type Permissions,
  type SandboxContext,
  type SandboxEntry,
  type SpecialPath,
} from './sandbox.js';
export type { InitializeParams, InitializeResult } from './session.js';
