/** From the parameters of process/start to what a worker is asked to launch, and under which policy. */
import type { LaunchPlan } from '../pool/calls.js';
import { argvEmpty, invalidParams } from '../protocol/errors.js';
import { isNative, nativePath, notNativeText } from '../protocol/path-uri.js';
import type { StartParams } from '../protocol/process.js';
import type { Policy } from '../sandbox/policy.js';
import { resolvePolicy } from '../sandbox/resolve-policy.js';
import { childEnvironment } from './environment.js';

/** What the plan depends on besides the request. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the account's login shell. */
  readonly accountShell: string;
  /** Whether /tmp is a directory. */
  readonly hasSlashTmp: () => boolean;
}

export interface StartPlan {
  readonly launch: Omit<LaunchPlan, 'confinement'>;
  /** Null: nobody asked for a sandbox. */
  readonly policy: Policy | null;
}

/**
 * Errors, -32602 each: a directory of another kind of host, no program, a network that only a proxy could give, and what
 * resolvePolicy finds wrong.
 */
export function planStart(params: StartParams, host: Host): StartPlan {
  const { argv, cwd, tty, sandbox } = params;
  if (sandbox === null && !isNative(cwd)) {
    throw invalidParams(`cwd URI \`${cwd}\` is not valid on this exec-server host: ${notNativeText(cwd)}`);
  }
  if (argv.length === 0) throw argvEmpty();
  refuseManagedNetwork(params);
  const environment = childEnvironment(
    { ...params, policy: params.envPolicy, accountShell: host.accountShell },
    host.environment,
  );
  const tmpdir = environment.findLast(([name]) => name === 'TMPDIR')?.[1];
  const facts = { asker: { kind: 'process', cwd } as const, tmpdir };
  const policy = sandbox && resolvePolicy(sandbox, { ...facts, hasSlashTmp: host.hasSlashTmp() });
  return {
    launch: {
      argv,
      arg0: params.arg0,
      directory: nativePath(cwd),
      environment,
      stdio: tty ? 'terminal' : params.pipeStdin ? 'pipes and stdin' : 'pipes',
    },
    policy,
  };
}

/** `managedNetwork` alone says only how such a network would be; it is never sent without a wish for one. */
function refuseManagedNetwork({ enforceManagedNetwork, networkProxy }: StartParams): void {
  if (enforceManagedNetwork) throw invalidParams('managed network is not supported by this executor');
  if (networkProxy !== null) throw invalidParams('`networkProxy`: managed network is not supported by this executor');
}
