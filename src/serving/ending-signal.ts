import { constants } from 'node:os';

export type EndingSignal = 'SIGTERM' | 'SIGINT';
/** What asks a program of ours to end. */
export const ENDING_SIGNALS: readonly EndingSignal[] = ['SIGTERM', 'SIGINT'];

/**
 * Resolves with the first signal that asks this program to end. One that comes behind it has the system's own effect again: it ends
 * the program at once.
 */
export const endingSignal = (): Promise<EndingSignal> =>
  new Promise((resolve) => {
    const received = (signal: NodeJS.Signals) => {
      for (const other of ENDING_SIGNALS) process.off(other, received);
      resolve(signal as EndingSignal);
    };
    for (const signal of ENDING_SIGNALS) process.on(signal, received);
  });

/** The exit code of a program that a signal has ended, as shells tell it. */
export const exitCodeOf = (signal: EndingSignal): number => 128 + constants.signals[signal];
