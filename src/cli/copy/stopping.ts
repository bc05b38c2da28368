/** What signals to us mean while we copy: stop, and leave no half files of ours behind. A second one ends us at once. */

import { setMaxListeners } from 'node:events';

export interface Stopping extends Disposable {
  readonly controller: AbortController;
  /** Our exit code when a signal has come. */
  readonly exitCode: number | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function stopOnSignals(): Stopping {
  const controller = new AbortController();
  // Everything that is under way listens, which is much.
  setMaxListeners(0, controller.signal);
  let exitCode: number | undefined;
  const received = (_: NodeJS.Signals, number: number) => {
    exitCode = 128 + number;
    controller.abort();
    forget();
  };
  const forget = () => {
    for (const name of SIGNALS) process.off(name, received);
  };
  for (const name of SIGNALS) process.on(name, received);
  return {
    controller,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: forget,
  };
}
