import { execCommand, type Script, type ToolCall, writeStdin } from './script.js';
import type { ToolAnswer } from './tool-answer.js';

/** Some calls at the same time, and nothing more. */
export function* oneStep(calls: readonly ToolCall[]): Script<readonly ToolAnswer[]> {
  return yield calls;
}

/** The last answer, and the output of all of them. */
export interface Shown {
  readonly answer: ToolAnswer;
  readonly transcript: string;
}

/** Starts a command and waits until its output shows `after`. The command goes on running. */
export function* shown(command: string, { tty = false, after }: { tty?: boolean; after: string }): Script<Shown> {
  let [answer] = yield [execCommand(command, { tty, yieldMs: 500 })];
  let transcript = answer!.output;
  while (!transcript.includes(after)) {
    if (answer!.state !== 'running') throw new Error(`ended without "${after}": ${transcript}`);
    [answer] = yield [writeStdin(answer!.sessionId, '', 5_000)];
    transcript += answer!.output;
  }
  return { answer: answer!, transcript };
}

/** Starts a command, types `chars` when its output shows `after`, and waits for its end. */
export function* typed(command: string, keys: { tty?: boolean; after: string; chars: string }): Script<Shown> {
  const { answer, transcript } = yield* shown(command, keys);
  if (answer.state !== 'running') throw new Error(`ended before anything was typed: ${transcript}`);
  const [last] = yield [writeStdin(answer.sessionId, keys.chars)];
  return { answer: last!, transcript: transcript + last!.output };
}
