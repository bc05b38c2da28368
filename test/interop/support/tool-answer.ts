import type { ToolOutput } from './script.js';

/** What the model is shown of a command, taken apart. */
export type ToolAnswer =
  | { readonly state: 'exited'; readonly exitCode: number; readonly outputTokens: number; readonly output: string }
  | { readonly state: 'running'; readonly sessionId: number; readonly outputTokens: number; readonly output: string };

const FORM =
  /^Chunk ID: \w+\nWall time: [\d.]+ seconds\nProcess (?:exited with code (-?\d+)|running with session ID (\d+))\nOriginal token count: (\d+)\nOutput:\n(.*)$/s;

/** Reads a command's output as every release words it. Errors: the whole output, where the command could not be run. */
export function parseToolAnswer(told: ToolOutput | undefined): ToolAnswer {
  const match = typeof told === 'string' ? FORM.exec(told) : null;
  if (match === null) throw new Error(`not the answer of a command: ${JSON.stringify(told)}`);
  const [, exitCode, sessionId, tokens, output = ''] = match;
  const shown = { outputTokens: Number(tokens), output };
  return exitCode === undefined
    ? { state: 'running', sessionId: Number(sessionId), ...shown }
    : { state: 'exited', exitCode: Number(exitCode), ...shown };
}

/** Undefined while the command runs. */
export const exitCode = (answer: ToolAnswer | undefined): number | undefined =>
  answer?.state === 'exited' ? answer.exitCode : undefined;
