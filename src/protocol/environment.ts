/** environment/*: what an executor is and what it can do. Source: 0.169.0. */
import type * as v from 'valibot';
import { boolean, defaulted, fileUri, list, nullable, oneOf, string } from './fields.js';
import { shellInfo } from './process.js';
import { struct } from './struct.js';

const promise = () => defaulted(boolean, false);

/** What a client may rely on; missing means no. */
export const capabilities = struct('EnvironmentCapabilities', {
  networkProxyLaunch: promise(),
  networkProxyReviewDomains: promise(),
  credentialMasking: promise(),
  credentialMaskingCustomProviders: promise(),
  capabilityDiscoverySandbox: promise(),
  capabilityDiscoveryV2: promise(),
  fsWatchMissing: promise(),
  environmentConfigRead: promise(),
  httpHeaderEnvVars: promise(),
  sandboxedFileStreaming: promise(),
  fileWriteStreaming: promise(),
  shellSnapshotV2: promise(),
  windowsMxc: promise(),
  linuxRootWritePreservesDevices: promise(),
  linuxApprovedRootWritePreservesRestrictions: promise(),
});
export type Capabilities = v.InferOutput<typeof capabilities>;

/** Older servers say `shell` only. The order is that of the wire. */
export const environmentInfo = struct('EnvironmentInfo', {
  shell: shellInfo,
  executorVersion: nullable(string),
  providerId: nullable(string),
  cwd: nullable(fileUri),
  userHomeDir: nullable(fileUri),
  platformOs: nullable(string),
  prependPathDirs: defaulted(list(fileUri), []),
  temporaryDirectories: nullable(list(fileUri)),
  tempDir: nullable(fileUri),
  capabilities: defaulted(capabilities, {}),
});
export type EnvironmentInfo = v.InferOutput<typeof environmentInfo>;

export const environmentStatus = struct('EnvironmentStatusResponse', { status: oneOf('ready') });
export type EnvironmentStatus = v.InferOutput<typeof environmentStatus>;
