import { execCommand, type Script, type ToolCall, type ToolOutput, writeStdin } from './script.js';
import { parseToolAnswer, type ToolAnswer } from './tool-answer.js';

/** Some commands at the same time, and nothing more. */
export function* oneStep(commands: readonly ToolCall[]): Script<readonly ToolAnswer[]> {
  return (yield commands).map(parseToolAnswer);
}

/** One call after the other, whatever their outputs. */
export function* inTurn(calls: readonly ToolCall[]): Script<readonly ToolOutput[]> {
  const outputs: ToolOutput[] = [];
  for (const call of calls) outputs.push(...(yield [call]));
  return outputs;
}

/** One command, or what is typed into one. */
export function* oneCommand(call: ToolCall): Script<ToolAnswer> {
  const [output] = yield [call];
  return parseToolAnswer(output);
}

/** The last answer, and the output of all of them. */
export interface Shown {
  readonly answer: ToolAnswer;
  readonly transcript: string;
}

/** Starts a command and waits until its output shows `after`. The command goes on running. */
export function* shown(command: string, { tty = false, after }: { tty?: boolean; after: string }): Script<Shown> {
  let answer = yield* oneCommand(execCommand(command, { tty, yieldMs: 500 }));
  let transcript = answer.output;
  while (!transcript.includes(after)) {
    if (answer.state !== 'running') throw new Error(`ended without "${after}": ${transcript}`);
    answer = yield* oneCommand(writeStdin(answer.sessionId, '', 5_000));
    transcript += answer.output;
  }
  return { answer, transcript };
}

/** Starts a command, types `chars` when its output shows `after`, and waits for its end. */
export function* typed(command: string, keys: { tty?: boolean; after: string; chars: string }): Script<Shown> {
  const { answer, transcript } = yield* shown(command, keys);
  if (answer.state !== 'running') throw new Error(`ended before anything was typed: ${transcript}`);
  const last = yield* oneCommand(writeStdin(answer.sessionId, keys.chars));
  return { answer: last, transcript: transcript + last.output };
}
