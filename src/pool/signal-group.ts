import { constants } from 'node:os';

const { ESRCH, EINVAL } = constants.errno;

/**
 * Signals a process group whose leader has not been reaped, so that its number is certainly its own.
 * Out: 0, also when nobody is left to be told, or the errno of the refusal, such as EPERM for a group of another user.
 */
export function signalGroup(leader: number, signal: 'SIGINT' | 'SIGSTOP' | 'SIGKILL'): number {
  let errno = send(-leader, signal);
  // node-pty returns from its fork before the child has made the group; until then the child is alone.
  if (errno === ESRCH) errno = send(leader, signal);
  return errno === ESRCH ? 0 : errno;
}

function send(target: number, signal: NodeJS.Signals): number {
  try {
    process.kill(target, signal);
    return 0;
  } catch (error) {
    return Math.abs((error as NodeJS.ErrnoException).errno ?? EINVAL);
  }
}
