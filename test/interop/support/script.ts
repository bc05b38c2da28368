import type { ToolAnswer } from './tool-answer.js';

/** One tool that the model asks its client to run. */
export interface ToolCall {
  readonly name: 'exec_command' | 'write_stdin';
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * What a model does in one session: each `yield` is one step, calls made at the same time; it gives back their answers
 * in the order of the calls. When the script returns, the model says that it is done.
 *
 *     function* greeting(): Script<string> {
 *       const [answer] = yield [execCommand('echo hello')];
 *       return answer!.output;
 *     }
 */
export type Script<Result> = Generator<readonly ToolCall[], Result, readonly ToolAnswer[]>;

export interface ExecCommandOptions {
  readonly tty?: boolean;
  /** How long the client waits for the command's end before it answers "running", ms (250 to 30,000). */
  readonly yieldMs?: number;
  /** How much output the client shows its model, in tokens of four bytes. */
  readonly maxOutputTokens?: number;
}

/** Runs a shell command in the executor. */
export function execCommand(
  cmd: string,
  { tty, yieldMs = 30_000, maxOutputTokens }: ExecCommandOptions = {},
): ToolCall {
  return {
    name: 'exec_command',
    arguments: { cmd, tty, yield_time_ms: yieldMs, max_output_tokens: maxOutputTokens },
  };
}

/** Types into a running command and waits for its end, at most `yieldMs` ms; no characters only wait. */
export function writeStdin(sessionId: number, chars: string, yieldMs = 30_000): ToolCall {
  return { name: 'write_stdin', arguments: { session_id: sessionId, chars, yield_time_ms: yieldMs } };
}
