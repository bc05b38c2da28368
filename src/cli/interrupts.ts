/** What signals to us mean for a command on the far side. */
import { constants } from 'node:os';
import { deferred } from '../client/deferred.js';
import type { RemoteProcess } from '../index.js';

/** Each signal takes at least the next step; those that mean an end skip the first. */
type Step = 'interrupt' | 'terminate' | 'leave';
const STEPS: readonly Step[] = ['interrupt', 'terminate', 'leave'];
const FIRST_STEP = { SIGINT: 0, SIGTERM: 1, SIGHUP: 1 } as const satisfies Partial<Record<NodeJS.Signals, number>>;

export interface Interrupts extends Disposable {
  /** Resolves with our exit code when the user insists on leaving although the far side does not answer. */
  readonly left: Promise<number>;
}

/** Passes signals on until disposed of. */
export function passInterrupts(target: RemoteProcess): Interrupts {
  const { promise: left, resolve: leave } = deferred<number>();
  let next = 0;
  const received = (name: NodeJS.Signals) => {
    const step = Math.max(next, FIRST_STEP[name as keyof typeof FIRST_STEP]);
    next = step + 1;
    switch (STEPS[step]) {
      case 'interrupt':
        return void target.signal('interrupt').catch(() => {});
      case 'terminate':
        return void target.terminate().catch(() => {});
      default:
        leave(128 + constants.signals[name]);
    }
  };
  const names = Object.keys(FIRST_STEP) as NodeJS.Signals[];
  for (const name of names) process.on(name, received);
  return {
    left,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, received);
    },
  };
}
