import { badArgument } from './errors.js';
import type { StartOptions } from './start-request.js';

/** A command and how to start it. */
export interface Command {
  readonly argv: readonly string[];
  readonly options: StartOptions;
}

/**
 * A command whose input is `bytes` long and then ends. The protocol cannot end a process's input, so a program that
 * reads to the end would wait for ever; `head` in front of it takes exactly that many bytes and ends the pipe.
 * The exit code is the command's own. A terminal is left alone: there, end of input is a key.
 * Errors: `BAD_ARGUMENT` together with `arg0`, which a shell cannot pass on.
 */
export function withFiniteInput({ argv, options }: Command, bytes: number): Command {
  if (options.tty === true || bytes === 0) return { argv, options };
  if (options.arg0 !== undefined) throw badArgument('arg0', 'cannot be combined with input');
  const script = 'head -c "$0" | exec "$@"';
  return { argv: ['/bin/sh', '-c', script, String(bytes), ...argv], options: { ...options, stdin: 'pipe' } };
}
