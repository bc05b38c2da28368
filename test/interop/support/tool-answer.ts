/** What the model is shown of a command, taken apart. */
export type ToolAnswer =
  | { readonly state: 'exited'; readonly exitCode: number; readonly outputTokens: number; readonly output: string }
  | { readonly state: 'running'; readonly sessionId: number; readonly outputTokens: number; readonly output: string };

const FORM =
  /^Chunk ID: \w+\nWall time: [\d.]+ seconds\nProcess (?:exited with code (-?\d+)|running with session ID (\d+))\nOriginal token count: (\d+)\nOutput:\n(.*)$/s;

/** Reads a tool output as every release words it. Errors: the whole text, where the command could not be run. */
export function parseToolAnswer(text: string): ToolAnswer {
  const match = FORM.exec(text);
  if (match === null) throw new Error(`not the answer of a command: ${text}`);
  const [, exitCode, sessionId, tokens, output = ''] = match;
  const shown = { outputTokens: Number(tokens), output };
  return exitCode === undefined
    ? { state: 'running', sessionId: Number(sessionId), ...shown }
    : { state: 'exited', exitCode: Number(exitCode), ...shown };
}
