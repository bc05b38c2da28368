/** What a person is told when a subcommand fails: one line that says what is wrong and, where we know it, what to do. */
import { FarhandError, MisuseError, RefusedError } from '../client/errors.js';

/** Exit codes beside those of commands, as shells, env and ssh use them. */
export const USAGE_ERROR = 2;
const NOT_EXECUTABLE = 126;
const PROGRAM_NOT_FOUND = 127;
const READER_GONE = 128 + 13;
/** The executor could not be reached, or the command not be followed to its end. */
export const NO_RESULT = 255;

/** A failure in words for a person. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Arguments that make no sense. */
export const usageError = (problem: string) => new CommandFailure(problem, USAGE_ERROR);

/** Our own output cannot be written: whoever read it has gone away, or its disk is full. */
export class OutputFailure extends Error {
  override readonly name = 'OutputFailure';
  constructor(override readonly cause: NodeJS.ErrnoException) {
    super(`the output cannot be written: ${cause.code ?? cause.message}`);
  }
}

/** What to say on stderr and how to end. A program whose reader has gone away says nothing. Anything unforeseen is thrown on. */
export function describeFailure(error: unknown): { readonly message: string | undefined; readonly exitCode: number } {
  if (error instanceof CommandFailure) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof OutputFailure) {
    return error.cause.code === 'EPIPE'
      ? { message: undefined, exitCode: READER_GONE }
      : { message: error.message, exitCode: NO_RESULT };
  }
  if (error instanceof MisuseError && error.code === 'BAD_ARGUMENT') {
    return { message: error.message, exitCode: USAGE_ERROR };
  }
  if (error instanceof FarhandError) return { message: error.message, exitCode: NO_RESULT };
  throw error;
}

/** `No such file or directory (os error 2)`: how an executor says what the system said. */
const OS_ERROR = / \(os error (\d+)\)$/;
const ENOENT = 2;

/**
 * Why a command did not start, from the error of `Client.start`; other errors come back as they are.
 * An executor says the same about a missing program and a missing directory.
 */
export function startFailure(error: unknown, program: string, cwd: string | undefined): unknown {
  const osError = error instanceof RefusedError ? OS_ERROR.exec(error.rpcMessage) : null;
  if (osError === null) return error;
  const { input, index } = osError;
  const place = cwd === undefined ? '' : ` in ${cwd}`;
  const exitCode = Number(osError[1]) === ENOENT ? PROGRAM_NOT_FOUND : NOT_EXECUTABLE;
  return new CommandFailure(`cannot start '${program}'${place}: ${input.slice(0, index)}`, exitCode);
}
