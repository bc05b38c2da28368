import { constants } from 'node:os';

/**
 * Signals a process group whose leader has not been reaped, so that its number is certainly its own.
 * Out: 0, also when only zombies are left to be told, or the errno of the refusal, such as EPERM for a group of another user.
 */
export function signalGroup(leader: number, signal: 'SIGINT' | 'SIGKILL'): number {
  try {
    process.kill(-leader, signal);
    return 0;
  } catch (error) {
    const errno = Math.abs((error as NodeJS.ErrnoException).errno ?? constants.errno.EINVAL);
    return errno === constants.errno.ESRCH ? 0 : errno;
  }
}
