import { type ChildProcess, spawn } from 'node:child_process';
import type { Accept, Connection, ConnectionEvents } from './connection.js';
import { connectStdio } from './stdio.js';

export interface DialStdio {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** The whole environment; undefined: ours. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ends the attempt; without effect once the command runs. */
  readonly signal: AbortSignal;
}

/** How long a command may take to end once its input has ended. Source: our own; it has processes of its own to kill. */
const EXIT_GRACE_MS = 2_000;

/**
 * Starts an executor and speaks with it over its standard input and output, one message per line; what it writes to its
 * standard error goes to ours. The command ends with the link: `closed` is told when it has exited.
 * Rejects with the system's error when the command cannot be started.
 */
export function dialStdio({ command, args, cwd, env, signal }: DialStdio, accept: Accept): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['pipe', 'pipe', 'inherit'] });
    // Stays attached: the system may also refuse a later kill, of a command that has just exited.
    child.on('error', reject);
    child.once('spawn', () => {
      const streams = { input: child.stdout, output: child.stdin };
      resolve(connectStdio(streams, (connection) => endingWith(child, accept(connection))));
    });
  });
}

function endingWith(child: ChildProcess, events: ConnectionEvents): ConnectionEvents {
  return {
    message: (message) => events.message(message),
    closed(reason) {
      if (child.exitCode !== null || child.signalCode !== null) return events.closed(reason);
      const kill = setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS);
      child.once('exit', () => {
        clearTimeout(kill);
        events.closed(reason);
      });
      child.stdin?.end();
    },
  };
}
