/** How asking about a harness has ended, as the streams of a link need to know it. */
import { CredentialError } from '../credentials/errors.js';
import { withEither } from '../http/either-signal.js';
import { REGISTRY_CALL_MS } from '../protocol/limits.js';
import type { Validated } from '../relay/demultiplexer.js';
import type { ValidationReason } from '../relay/diagnostics.js';
import { RegistryError } from './errors.js';

/**
 * `ask` resolves to the registry's word. All of it, a second request with new credentials too, has 10 s. Never rejects.
 * `signal`: of the link.
 */
export async function validation(
  ask: (signal: AbortSignal) => Promise<boolean>,
  signal: AbortSignal,
  deadline: (ms: number) => AbortSignal = AbortSignal.timeout,
): Promise<Validated> {
  const limit = deadline(REGISTRY_CALL_MS);
  try {
    const isValid = await withEither(signal, limit, ask);
    return isValid ? { is: 'valid' } : { is: 'invalid', reason: 'validation_protocol' };
  } catch (error) {
    if (limit.aborted && !(error instanceof RegistryError)) return { is: 'invalid', reason: 'validation_timeout' };
    return validatedOf(error);
  }
}

function validatedOf(error: unknown): Validated {
  if (error instanceof CredentialError) return { is: 'invalid', reason: 'registry_auth' };
  if (!(error instanceof RegistryError)) return { is: 'invalid', reason: 'validator_task_failed' };
  const status = error.refusal?.status;
  if (status === 401) return { is: 'executorRejected' };
  return { is: 'invalid', reason: REASONS[error.code], ...(status !== undefined && { status }) };
}

const REASONS: Readonly<Record<RegistryError['code'], ValidationReason>> = {
  configuration: 'registry_config',
  protocol: 'validation_protocol',
  unreadable: 'validation_protocol',
  authentication: 'registry_auth',
  refused: 'registry_http',
  unreachable: 'registry_request',
  timedOut: 'registry_request_timeout',
};
