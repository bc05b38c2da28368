/**
 * The words for errors of the operating system, as peers read them: those of the C library of release 0.169.0 (musl),
 * because the words of Node and of other C libraries differ.
 */
import { constants } from 'node:os';

const TEXTS: Partial<Record<keyof typeof constants.errno, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EINTR: 'Interrupted system call',
  EIO: 'I/O error',
  ENXIO: 'No such device or address',
  E2BIG: 'Argument list too long',
  ENOEXEC: 'Exec format error',
  EBADF: 'Bad file descriptor',
  ECHILD: 'No child process',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Out of memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Cross-device link',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EADDRINUSE: 'Address in use',
  EADDRNOTAVAIL: 'Address not available',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'No file descriptors available',
  ENOTTY: 'Not a tty',
  ETXTBSY: 'Text file busy',
  EFBIG: 'File too large',
  ENOSPC: 'No space left on device',
  ESPIPE: 'Invalid seek',
  EROFS: 'Read-only file system',
  EMLINK: 'Too many links',
  EPIPE: 'Broken pipe',
  ENAMETOOLONG: 'Filename too long',
  ENOLCK: 'No locks available',
  ENOSYS: 'Function not implemented',
  ENOTEMPTY: 'Directory not empty',
  ELOOP: 'Symbolic link loop',
  EOVERFLOW: 'Value too large for data type',
  EOPNOTSUPP: 'Not supported',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network unreachable',
  ECONNABORTED: 'Connection aborted',
  ECONNRESET: 'Connection reset by peer',
  ETIMEDOUT: 'Operation timed out',
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'Host is unreachable',
  ESTALE: 'Stale file handle',
  EDQUOT: 'Quota exceeded',
};

const byNumber = new Map(
  Object.entries(TEXTS).map(([name, text]) => [constants.errno[name as keyof typeof TEXTS], text]),
);

/** `No such file or directory (os error 2)`. `errno` is positive, of this machine; one that has no text here still has its number. */
export const osErrorText = (errno: number): string => `${byNumber.get(errno) ?? 'Unknown error'} (os error ${errno})`;

/** The same for what a function of Node has thrown; errors that are not the system's keep their own words. */
export function thrownText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  return errno === undefined ? error.message : osErrorText(Math.abs(errno));
}
