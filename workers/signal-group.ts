/** Signals a process group whose leader has not been reaped, so that its number is certainly its own. */
export function signalGroup(leader: number, signal: 'SIGINT' | 'SIGKILL'): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // A group of zombies only: nobody is left to be told.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
