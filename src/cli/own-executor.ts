/** An executor on this machine, for one command of ours. */
import { createHash, randomBytes } from 'node:crypto';
import { anyLine, lineOf, OwnPrograms } from './own-programs.js';

/** Disposing of it ends it. */
export interface OwnExecutor extends AsyncDisposable {
  readonly address: string;
  /** Nobody else on this machine is to use it. */
  readonly token: string;
}

/** `errors`: where its warnings go. Errors: it ended before it listened, and says why only there. */
export async function startOwnExecutor(errors: 'inherit' | 'ignore'): Promise<OwnExecutor> {
  const token = randomBytes(32).toString('hex');
  const digest = createHash('sha256').update(token).digest('hex');
  const args = ['--ws-auth', 'capability-token', '--ws-token-sha256', digest];
  const programs = new OwnPrograms();
  const { child } = programs.start({ script: 'server.js', args, errors });
  const advice = errors === 'inherit' ? '; what it said is above' : "; 'farhand serve' says why";
  const address = await lineOf(child.stdout!, anyLine, () => `the executor ended before it listened${advice}`);
  return { address, token, [Symbol.asyncDispose]: () => programs[Symbol.asyncDispose]() };
}
