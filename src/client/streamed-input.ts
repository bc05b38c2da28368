/**
 * Input of unknown length that ends. The protocol cannot end a process's input, so a small shell in front of the command takes
 * the input in frames and ends the command's own pipe behind the last one:
 *
 *   "5\n" hello "3\n" abc "0\n"        length in decimal, line feed, so many bytes; a frame of none is the end
 */
import { badArgument } from './errors.js';
import type { Command } from './finite-input.js';

/**
 * The shell becomes the command, so its pid, its exit code and signals to it are the command's own.
 * `dd` takes a frame and nothing behind it; busybox's `head` reads ahead.
 */
const SCRIPT = `exec 3<&0
d=$(mktemp -d) && mkfifo "$d/in" || exit 125
{ while IFS= read -r n && [ "$n" -gt 0 ]; do dd bs="$n" count=1 iflag=fullblock; done; } <&3 >"$d/in" 2>/dev/null &
exec <"$d/in" 3<&-
rm -r "$d"
exec "$@"`;

/**
 * The command with that shell in front; its writes must be frames. Needs `/bin/sh`, `dd`, `mktemp` and `mkfifo` on the executor.
 * Errors: `BAD_ARGUMENT` together with `arg0`, which a shell cannot pass on.
 */
export function withStreamedInput({ argv, options }: Command): Command {
  if (options.arg0 !== undefined) throw badArgument('arg0', 'cannot be combined with input');
  return { argv: ['/bin/sh', '-c', SCRIPT, 'farhand', ...argv], options: { ...options, stdin: 'pipe' } };
}

/** One frame of at least one byte. */
export function inputFrame(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length}\n`), bytes]);
}

export const END_OF_INPUT: Uint8Array = Buffer.from('0\n');
