/** Helpers that are started before they are asked: the first call that needs one waits for its start otherwise. */
import type { SandboxContext } from '../protocol/sandbox.js';
import { type ConfinedPolicy, readsWholeDisk } from '../sandbox/policy.js';
import { resolvePolicy } from '../sandbox/resolve-policy.js';
import type { HelperSession } from '../sandboxed-files/sandboxed-files.js';
import type { SandboxHost } from './routes.js';

/** A command runs in this sandbox: file calls are likely to come in the same. */
export function foresee(sandbox: SandboxContext, session: HelperSession, host: SandboxHost): void {
  const { helpers, tmpdir, hasSlashTmp } = host;
  helpers.prepare(session, () => {
    const asker = { kind: 'files', reads: false } as const;
    const policy = resolvePolicy(sandbox, { asker, tmpdir, hasSlashTmp: hasSlashTmp() });
    return policy.kind === 'confined' && needsHelper(policy) ? policy : undefined;
  });
}

/** Whether there are calls that only a helper can do: where nothing can be written they are few, and fail. */
export const needsHelper = (policy: ConfinedPolicy): boolean =>
  !readsWholeDisk(policy) || policy.rules.some(({ access }) => access === 'write');
