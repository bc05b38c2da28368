/** What goes wrong with one file, while the others can still be copied. */
import { MisuseError, RefusedError } from '../../index.js';
import { thrownText } from '../../protocol/os-error.js';
import { printable } from './printable.js';
import type { Spot } from './spot.js';

/** The message names the file and says everything, in one line. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** Words about a file that is named by whoever knows it under a name: `blaming` does. */
export class UnnamedFault extends Error {
  override readonly name = 'UnnamedFault';
}

export const faultOf = (spot: Pick<Spot, 'shown'>, reason: string) => new FileFault(`${spot.shown}: ${reason}`);

/** Does something with a file; what fails there fails with that file's name. Errors that are not the file's are thrown on. */
export async function blaming<T>(spot: Pick<Spot, 'shown'>, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : faultOf(spot, reason);
  }
}

const TOO_LARGE = 'is too large for this executor, which takes every file in one message';

/** Undefined for all errors that are not about a file. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof UnnamedFault) return error.message;
  if (error instanceof RefusedError) return printable(withoutNumber(error.rpcMessage));
  if (error instanceof MisuseError && error.code === 'FILE_TOO_LARGE') return TOO_LARGE;
  const ofSystem = error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number';
  return ofSystem ? withoutNumber(thrownText(error)) : undefined;
}

const withoutNumber = (text: string): string => text.replace(/ \(os error \d+\)$/, '');
