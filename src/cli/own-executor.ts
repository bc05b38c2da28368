/** An executor on this machine, for one command of ours. */
import { createHash, randomBytes } from 'node:crypto';
import { anyLine, lineOf, startOwnProgram } from './own-program.js';

export interface OwnExecutor {
  readonly address: string;
  /** Nobody else on this machine is to use it. */
  readonly token: string;
  /** Ends it; its exit code. Idempotent. */
  end(): Promise<number | null>;
}

/** `errors`: where its warnings go. Errors: it ended before it listened, and says why only there. */
export async function startOwnExecutor(errors: 'inherit' | 'ignore'): Promise<OwnExecutor> {
  const token = randomBytes(32).toString('hex');
  const digest = createHash('sha256').update(token).digest('hex');
  const args = ['--ws-auth', 'capability-token', '--ws-token-sha256', digest];
  const { child, end } = startOwnProgram({ script: 'server.js', args, errors });
  const advice = errors === 'inherit' ? '; what it said is above' : "; 'farhand serve' says why";
  const address = await lineOf(child.stdout!, anyLine, () => `the executor ended before it listened${advice}`);
  return { address, token, end };
}
