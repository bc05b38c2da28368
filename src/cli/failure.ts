/** What a person is told when a subcommand fails: one line that says what is wrong and what to do. */
import { FarhandError, TransportError } from '../client/errors.js';

/** Exit codes beside those of commands, as ssh, env and shells use them. */
export const USAGE_ERROR = 2;
/** The command could not be started or followed; as ssh. */
const NO_RESULT = 255;

/** Arguments that make no sense. */
export class CommandUsageError extends Error {
  override readonly name = 'CommandUsageError';
}

export function describeFailure(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof CommandUsageError) return { message: error.message, exitCode: USAGE_ERROR };
  if (!(error instanceof FarhandError)) throw error;
  return { message: error.message + adviceFor(error), exitCode: NO_RESULT };
}

function adviceFor(error: FarhandError): string {
  if (!(error instanceof TransportError) || error.code !== 'CONNECT_FAILED') return '';
  if (error.message.includes('401')) return "; give the executor's token with --token-file FILE or FARHAND_TOKEN";
  return "; is an executor running there? 'farhand serve' on the far machine starts one and prints its address";
}
