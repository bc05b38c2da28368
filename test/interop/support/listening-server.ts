import { freshFolder, plainEnvironment } from './fresh-folder.js';
import { endedWithin, startProgram } from './program.js';

/** A server program that listens; disposing of it stops it as a service manager would. */
export interface ListeningServer extends AsyncDisposable {
  /** `ws://127.0.0.1:PORT`, as the server printed it. */
  readonly url: string;
  /** Its home folder and CODEX_HOME, which ends with it. */
  readonly home: string;
}

/** From SIGTERM to the end of a server; a server that needs longer is killed and the test fails. */
const STOP_MS = 10_000;

/**
 * Starts a server that prints its URL as its first line, in a fresh home folder of its own (also its CODEX_HOME).
 * Errors: the program's own words when it ends before that line.
 */
export async function startListening(path: string, args: readonly string[]): Promise<ListeningServer> {
  const home = await freshFolder();
  const program = startProgram(path, args, {
    cwd: home.path,
    env: { ...plainEnvironment(home.path), CODEX_HOME: home.path },
  });
  const stop = async () => {
    try {
      program.kill('SIGTERM');
      const { code, signal } = await endedWithin(program, STOP_MS);
      // 0.142.3 leaves the signal to its default; every newer server ends by itself. Anything else is a crash.
      if (code !== 0 && signal !== 'SIGTERM')
        throw new Error(`${path} ended with ${code ?? signal}\n${program.stderr}`);
    } finally {
      await home[Symbol.asyncDispose]();
    }
  };
  try {
    return { url: await program.firstLine, home: home.path, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw error;
  }
}
