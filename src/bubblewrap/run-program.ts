/** Runs a small program to its end, and hears what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { thrownText } from '../protocol/os-error.js';

export type Outcome =
  | { readonly is: 'ended'; readonly exitCode: number; readonly output: string; readonly errors: string }
  /** It could not be started, was killed by a signal, or was not waited for any longer; `why` is for people. */
  | { readonly is: 'failed'; readonly why: string };

export const isSuccess = (outcome: Outcome): boolean => outcome.is === 'ended' && outcome.exitCode === 0;

/** Of what a program said, for an error message. */
export const firstLine = (text: string): string =>
  text.trimStart().split('\n', 1)[0]!.trimEnd().slice(0, LINE_CHARACTERS);
const LINE_CHARACTERS = 500;

/** Of each stream this much is kept, characters; the rest is read and dropped. */
const KEPT_CHARACTERS = 64 * 1024;

/**
 * With an empty environment and no input, in `/`. `bytes` are what it reads from its descriptor 3.
 * When the signal is aborted the program is killed, and it is not waited for: a program may hang where no kill reaches it.
 */
export function runProgram(
  [file, ...words]: readonly [string, ...string[]],
  { signal, bytes }: { readonly signal: AbortSignal; readonly bytes?: Uint8Array },
): Promise<Outcome> {
  if (signal.aborted) return Promise.resolve(late(file));
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const descriptors = bytes === undefined ? [] : ['pipe' as const];
      // In a group of its own, so that what it has started can be killed with it.
      child = spawn(file, words, {
        cwd: '/',
        env: {},
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
      });
    } catch (error) {
      resolve({ is: 'failed', why: thrownText(error) });
      return;
    }
    const output = gathered(child.stdout);
    const errors = gathered(child.stderr);
    const giveUp = () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid);
      for (const stream of child.stdio ?? []) stream?.destroy();
      child.unref();
      resolve(late(file));
    };
    signal.addEventListener('abort', giveUp);
    const settle = (outcome: Outcome) => {
      signal.removeEventListener('abort', giveUp);
      resolve(outcome);
    };
    child.once('error', (error) => settle({ is: 'failed', why: thrownText(error) }));
    child.once('close', (exitCode, killer) => {
      if (exitCode === null) settle({ is: 'failed', why: `${file} was killed by ${killer}` });
      else settle({ is: 'ended', exitCode, output: output(), errors: errors() });
    });
    const input = child.stdio?.[3] as Writable | null | undefined;
    // It may end without reading it.
    input?.on('error', () => {});
    input?.end(bytes);
  });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It is gone by now.
  }
}

const late = (file: string): Outcome => ({ is: 'failed', why: `${file} did not end in time` });

/** Without descriptors to spare there are no streams, only an error. */
function gathered(stream: NodeJS.ReadableStream | null | undefined): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (more: string) => {
    if (text.length < KEPT_CHARACTERS) text += more;
  });
  return () => text;
}
