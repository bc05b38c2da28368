/** An executor on this machine for one command of ours, which ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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
  const access = ['--ws-auth', 'capability-token', '--ws-token-sha256', digest];
  const server = spawn(process.execPath, [fileURLToPath(new URL('../server.js', import.meta.url)), ...access], {
    stdio: ['ignore', 'pipe', errors],
  });
  const ended = once(server, 'exit') as Promise<[number | null]>;
  return {
    address: await firstLine(server, errors === 'inherit' ? '; what it said is above' : "; 'farhand serve' says why"),
    token,
    end: async () => {
      server.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

async function firstLine({ stdout }: ChildProcess, advice: string): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) return line;
  throw new Error(`the executor ended before it listened${advice}`);
}
