/** From the parameters of process/start to what a worker is asked to launch. */
import type { LaunchPlan } from '../pool/calls.js';
import { argvEmpty, invalidParams } from '../protocol/errors.js';
import { isNative, nativePath, notNativeText } from '../protocol/path-uri.js';
import type { StartParams } from '../protocol/process.js';
import { isFullAccess } from '../protocol/sandbox.js';
import { childEnvironment } from './environment.js';

/** What the plan depends on besides the request. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the account's login shell. */
  readonly accountShell: string;
}

/**
 * Errors, -32602 each: a directory of another kind of host, no program, and every wish for confinement,
 * since this server cannot keep it: what asks for a sandbox is never run without one.
 */
export function planStart(params: StartParams, host: Host): LaunchPlan {
  const { argv, cwd, tty } = params;
  if (!isNative(cwd)) {
    throw invalidParams(`cwd URI \`${cwd}\` is not valid on this exec-server host: ${notNativeText(cwd)}`);
  }
  if (argv.length === 0) throw argvEmpty();
  refuseConfinement(params);
  return {
    argv,
    arg0: params.arg0,
    directory: nativePath(cwd),
    environment: childEnvironment(
      { ...params, policy: params.envPolicy, accountShell: host.accountShell },
      host.environment,
    ),
    stdio: tty ? 'terminal' : params.pipeStdin ? 'pipes and stdin' : 'pipes',
  };
}

function refuseConfinement(params: StartParams): void {
  const refuse = (field: string, what: string) => {
    throw invalidParams(`\`${field}\` asks for ${what}, which this executor does not support yet; nothing was started`);
  };
  if (!isFullAccess(params.sandbox)) refuse('sandbox', 'a sandbox');
  if (params.enforceManagedNetwork) refuse('enforceManagedNetwork', 'a managed network');
  if (params.networkProxy !== null) refuse('networkProxy', 'a network proxy');
}
