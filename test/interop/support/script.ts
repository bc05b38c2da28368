/** One tool that the model asks its client to run. */
export interface ToolCall {
  readonly name: 'exec_command' | 'write_stdin' | 'view_image';
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the model is given for a call: a text, or pictures and texts. */
export type ToolOutput = string | readonly ContentItem[];

export type ContentItem =
  | { readonly type: 'input_text'; readonly text: string }
  | { readonly type: 'input_image'; readonly image_url: string };

/**
 * What a model does in one session: each `yield` is one step, calls made at the same time; it gives back their outputs
 * in the order of the calls. When the script returns, the model says that it is done.
 *
 *     function* greeting(): Script<string> {
 *       const [output] = yield [execCommand('echo hello')];
 *       return parseToolAnswer(output).output;
 *     }
 */
export type Script<Result> = Generator<readonly ToolCall[], Result, readonly ToolOutput[]>;

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

/** Patches files in the executor. `hunks`: what stands between the patch's first and its last line. */
export function applyPatch(...hunks: readonly string[]): ToolCall {
  const patch = ['*** Begin Patch', ...hunks, '*** End Patch'].join('\n');
  // No release offers this model a tool of its own for it: the clients recognise the command and do its work themselves.
  return execCommand(`apply_patch <<'EOF'\n${patch}\nEOF`);
}

/** Shows the model a picture of the executor. */
export function viewImage(path: string): ToolCall {
  return { name: 'view_image', arguments: { path } };
}
