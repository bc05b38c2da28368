/** What this executor says about itself and its machine. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type UserInfo, userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Capabilities } from '../protocol/environment.js';
import type { FileUri } from '../protocol/ids.js';
import { fileUri } from '../protocol/path-uri.js';
import { RELEASE } from '../protocol/release.js';

/** Only what a test proves may be true here: a client that believes a false promise loses more than one that makes do. */
export const CAPABILITIES: Capabilities = {
  networkProxyLaunch: false,
  networkProxyReviewDomains: false,
  credentialMasking: false,
  credentialMaskingCustomProviders: false,
  capabilityDiscoverySandbox: true,
  capabilityDiscoveryV2: true,
  fsWatchMissing: true,
  environmentConfigRead: true,
  httpHeaderEnvVars: true,
  sandboxedFileStreaming: true,
  fileWriteStreaming: true,
  shellSnapshotV2: false,
  windowsMxc: false,
  linuxRootWritePreservesDevices: false,
  linuxApprovedRootWritePreservesRestrictions: false,
};

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'macos', win32: 'windows' };

/** Path of the account's login shell, from the user database; SHELL says what the parent was, not what the account has. */
export function accountShell(): string {
  const shell = account()?.shell;
  return shell && existsSync(shell) ? shell : '/bin/sh';
}

/** Undefined for a user that no database knows, as programs in containers often are. */
function account(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/** The result of environment/info, members in the order of the wire; constant for the life of a server. */
export function environmentInfo(environment: Readonly<Record<string, string | undefined>>): object {
  const shell = accountShell();
  const temporary = environment.TMPDIR ? directory(environment.TMPDIR) : undefined;
  return {
    shell: { name: basename(shell), path: shell },
    executorVersion: RELEASE,
    providerId: `sha256:${createHash('sha256').update(`farhand ${RELEASE}`).digest('hex')}`,
    cwd: directory('.'),
    userHomeDir: directory(environment.HOME || account()?.homedir || '/'),
    platformOs: PLATFORMS[process.platform] ?? process.platform,
    prependPathDirs: [],
    temporaryDirectories: temporary ? [temporary] : [],
    tempDir: temporary ?? directory('/tmp'),
    capabilities: CAPABILITIES,
  };
}

const directory = (path: string): FileUri => fileUri(resolve(path));
