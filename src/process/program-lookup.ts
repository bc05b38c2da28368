/** Finds the program of a start the way execvp does in the child: in its directory, on its PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { osErrorText } from '../protocol/os-error.js';

type ErrorCode = keyof typeof os.errno;

export type ProgramLookup =
  /** The program, relative to the directory of the child if it does not begin with a slash. It always has a slash. */
  { readonly file: string } | { readonly failure: LookupFailure };

export interface LookupFailure {
  /** The system's name for it; `EINVAL` for an empty program. */
  readonly code: ErrorCode;
  /** For the peer; in the words of release 0.169.0. */
  readonly message: string;
}

/** Where programs are looked for without a PATH. Source: 0.169.0; there only for starts without a terminal, those with one failed. */
const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';

/**
 * Finds `program` as a child in `directory` (an absolute native path, as bytes when it is not UTF-8) with that PATH would.
 * A file that is found may still be refused by exec: its format, its interpreter.
 */
export function resolveProgram(
  program: string,
  directory: string | Uint8Array,
  path: string | undefined,
  tty: boolean,
): ProgramLookup {
  if (program === '') return failure('EINVAL', `missing program for ${tty ? 'PTY' : 'pipe'} spawn`);
  if (program.includes('/')) {
    const fault = executionFault(program, directory);
    return fault === undefined ? { file: program } : failure(fault, systemText(fault));
  }
  const searched = path ?? DEFAULT_PATH;
  const found = firstExecutable(candidates(program, searched), directory);
  if ('file' in found) return found;
  const unfound = `Unable to spawn ${program} because:\nNo viable candidates found in PATH ${JSON.stringify(searched)}`;
  return failure(found.fault, tty ? unfound : systemText(found.fault));
}

/** The files that a bare name stands for, one per entry of PATH, best first. */
export function candidates(program: string, path: string): string[] {
  // An empty entry means the directory of the child. The dot keeps a slash in the name: without one it would be searched again.
  return path.split(':').map((entry) => `${entry === '' ? '.' : entry}/${program}`);
}

/** As in execvp: what is not there or cannot be run is passed over, but a refusal is remembered; other trouble ends the search. */
function firstExecutable(files: string[], directory: string | Uint8Array): { file: string } | { fault: ErrorCode } {
  let refused = false;
  for (const file of files) {
    const fault = executionFault(file, directory);
    if (fault === undefined) return { file };
    if (fault === 'EACCES') refused = true;
    else if (fault !== 'ENOENT' && fault !== 'ENOTDIR') return { fault };
  }
  return { fault: refused ? 'EACCES' : 'ENOENT' };
}

/** Why a child in the directory cannot execute the file, as far as that shows before the attempt. */
function executionFault(file: string, directory: string | Uint8Array): ErrorCode | undefined {
  const absolute = inDirectory(directory, file);
  try {
    if (!statSync(absolute).isFile()) return 'EACCES';
    accessSync(absolute, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code as ErrorCode;
  }
}

/** The path of a file as a child in the directory would find it. */
export function inDirectory(directory: string | Uint8Array, file: string): string | Buffer {
  if (file.startsWith('/')) return file;
  if (typeof directory === 'string') return `${directory}/${file}`;
  return Buffer.concat([directory, Buffer.from(`/${file}`)]);
}

const systemText = (fault: ErrorCode): string => osErrorText(os.errno[fault]);

const failure = (code: ErrorCode, message: string): ProgramLookup => ({ failure: { code, message } });
