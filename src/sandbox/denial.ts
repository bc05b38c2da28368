/**
 * Whether a sandbox has probably stopped a process: a guess from how it ended and what it printed, since the kernel tells only the
 * process. Source: 0.169.0, probed.
 */

/** What a process said before it ended: one piece of it. */
export interface PrintedChunk {
  readonly stream: 'stdout' | 'stderr' | 'pty';
  readonly bytes: Uint8Array;
}

export interface EndedProcess {
  /** What the start reply said. */
  readonly sandboxType: 'none' | 'linuxSeccomp' | 'macosSeatbelt';
  readonly exitCode: number;
  /** What is retained of its output, oldest first. What is no longer retained does not count. */
  readonly output: readonly PrintedChunk[];
}

/** Any of these in the output, in any case and within other words. */
const SIGNS = [
  'operation not permitted',
  'permission denied',
  'read-only file system',
  'seccomp',
  'sandbox',
  'landlock',
  'failed to write file',
];

/** 128 and SIGSYS: the filter of system calls killed it. On macOS that number means nothing. */
const KILLED_BY_FILTER = 159;

/**
 * Whether `sandboxDenied` is to be true. The reference also names exit codes (2, 126, 127) that are no denial by themselves; without
 * a sign in the output nothing but 159 is one, so they need no mention here. Bytes are only read.
 * Takes about 1 ms per MiB of one stream, 2 ms of two, and 10 ms for 50,000 chunks of both.
 */
export function isDenial({ sandboxType, exitCode, output }: EndedProcess): boolean {
  if (sandboxType === 'none' || exitCode === 0) return false;
  if (sandboxType === 'linuxSeccomp' && exitCode === KILLED_BY_FILTER) return true;
  return textsOf(output).some(showsSign);
}

/** The output as it came, in which words of one stream can stand between those of the other; and each stream alone. */
function textsOf(output: readonly PrintedChunk[]): (readonly PrintedChunk[])[] {
  const errors = output.filter(({ stream }) => stream === 'stderr');
  if (errors.length === 0 || errors.length === output.length) return [output];
  return [output, errors, output.filter(({ stream }) => stream !== 'stderr')];
}

/** Latin-1 text, one character per byte, for the search: each byte of ASCII means itself in UTF-8, whole or broken. */
const SIGN_PATTERN = new RegExp(SIGNS.map((sign) => sign.replaceAll('k', '(?:k|\\xe2\\x84\\xaa)')).join('|'), 'i');
/** What the longest sign may leave in the window before. The Kelvin sign, whose small letter is k, does not make another one longer. */
const OVERLAP_BYTES = Math.max(...SIGNS.map((sign) => sign.length)) - 1;
/** Searched at a time: fresh memory for all of it at once costs more than the search. */
const WINDOW_BYTES = 64 * 1024;

function showsSign(chunks: readonly PrintedChunk[]): boolean {
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let filled = 0;
  for (const { bytes } of chunks) {
    let rest = bytes;
    while (filled + rest.length >= WINDOW_BYTES) {
      const room = WINDOW_BYTES - filled;
      window.set(rest.subarray(0, room), filled);
      if (SIGN_PATTERN.test(window.toString('latin1'))) return true;
      window.copyWithin(0, WINDOW_BYTES - OVERLAP_BYTES);
      filled = OVERLAP_BYTES;
      rest = rest.subarray(room);
    }
    window.set(rest, filled);
    filled += rest.length;
  }
  return SIGN_PATTERN.test(window.toString('latin1', 0, filled));
}
