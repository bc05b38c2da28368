/** An executor in remote mode as a program has it: its credentials come from flags, variables, files and standard input. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codexHome } from '../credentials/codex-home.js';
import { openCredentials } from '../credentials/open.js';
import type { CredentialFlags, Environment } from '../credentials/select.js';
import { asksWhole } from '../http/ask-whole.js';
import { Trust } from '../http/trust.js';
import { unlessAborted } from '../http/unless-aborted.js';
import { Upstreams } from '../http/upstreams.js';
import { REGISTRY_ANSWER_BYTES } from '../protocol/limits.js';
import type { Accept } from '../transport/connection.js';
import type { LifecycleEvent } from './lifecycle.js';
import { RemoteExecutor } from './remote-executor.js';

export interface OpenRemoteOptions {
  readonly registryUrl: string;
  readonly environmentId: string;
  readonly flags: CredentialFlags;
  readonly environment: Environment;
  readonly stdin: Readable;
  readonly accept: Accept;
  readonly streams?: number | undefined;
  readonly log: (event: LifecycleEvent) => void;
}

export interface OpenRemote {
  readonly remote: RemoteExecutor;
  /** Only where credentials keep coming: settles when no more can, which ends the executor, well or with a CredentialError. */
  readonly ended: Promise<void> | undefined;
}

/**
 * Waits for credentials; the registry is not asked yet. Errors: CredentialError; RegistryError `configuration`; `signal`, at once.
 */
export async function openRemote(options: OpenRemoteOptions, signal: AbortSignal): Promise<OpenRemote> {
  const { flags, environment, registryUrl, environmentId, stdin, accept, streams, log } = options;
  const upstreams = new Upstreams(environment, new Trust(environment), { keeps: false, loopbackIsDirect: true });
  const opening = openCredentials(
    {
      flags,
      environment,
      registryUrl,
      environmentId,
      stdin,
      ask: asksWhole(upstreams, REGISTRY_ANSWER_BYTES),
      onReadableByOthers: (path) => log({ event: 'readableByOthers', path }),
    },
    signal,
  );
  const { source: credentials, ended } = await unlessAborted(opening, signal);
  const remote = new RemoteExecutor({ registryUrl, environmentId, credentials, accept, streams, environment, log });
  return { remote, ended };
}

/** Files with credentials: nobody in a sandbox may look at them, also at one that is written only later. Absolute; links are followed each time. */
export function credentialFiles({ registryTokenFile }: CredentialFlags, environment: Environment): string[] {
  const files = [registryTokenFile, join(codexHome(environment), 'auth.json')];
  return files.filter((path) => path !== undefined);
}

/** Credentials in variables: they are the executor's own, and nothing that it starts inherits them. */
export const CREDENTIAL_VARIABLES = ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'] as const;
