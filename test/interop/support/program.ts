import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started program with all it has printed so far. Stdin is empty. */
export interface Program {
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when the program and its outputs have ended; rejects when it could not be started. */
  readonly ended: Promise<Ending>;
  /** Resolves with the first line on stdout; rejects when the program ends without one. */
  readonly firstLine: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
// A test run that breaks off must not leave its programs behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program by path; whoever starts it must end it or await its end. */
export function startProgram(path: string, args: readonly string[], { cwd, env }: ProgramOptions): Program {
  const child = spawn(path, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  const ended = once(child, 'close').then(([code, signal]): Ending => ({ code, signal }));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const end = stdout.indexOf('\n');
      if (end >= 0) resolve(stdout.slice(0, end));
    });
    ended.then(
      ({ code, signal }) => reject(new Error(`${path} ended (${code ?? signal}) without a line: ${stderr}`)),
      reject,
    );
  });
  // Who waits for one of the two learns of a failure there; the other one must not become an unhandled rejection.
  ended.catch(() => {});
  firstLine.catch(() => {});
  return {
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    ended,
    firstLine,
    kill: (signal) => void child.kill(signal),
  };
}

/** The program's ending, or an error with what it printed when it takes longer than `ms`; then it is killed. */
export async function endedWithin(program: Program, ms: number): Promise<Ending> {
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    program.kill('SIGKILL');
  }, ms);
  try {
    const ending = await program.ended;
    if (late) throw new Error(`not ended after ${ms} ms, killed\n${program.stdout}\n${program.stderr}`);
    return ending;
  } finally {
    clearTimeout(deadline);
  }
}
