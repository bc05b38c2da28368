import { getSystemErrorMap } from 'node:util';

/** The texts of the reference's C library (musl), where Node words the same error differently. */
const TEXTS = new Map([
  ['EACCES', 'Permission denied'],
  ['EADDRINUSE', 'Address in use'],
  ['EADDRNOTAVAIL', 'Address not available'],
  ['EAFNOSUPPORT', 'Address family not supported by protocol'],
  ['EISDIR', 'Is a directory'],
  ['ELOOP', 'Symbolic link loop'],
  ['ENAMETOOLONG', 'Filename too long'],
  ['ENOENT', 'No such file or directory'],
  ['ENOTDIR', 'Not a directory'],
]);

/** The text of an operating-system error as 0.169.0 prints it: `Address in use (os error 98)`; other errors keep theirs. */
export function osErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return error.message;
  const text = TEXTS.get(code) ?? getSystemErrorMap().get(errno)?.[1] ?? code;
  return `${text} (os error ${-errno})`;
}
