import type { Observer } from './executor-event.js';

/** One observer that tells all of these, in their order; undefined without any. */
export function together(observers: readonly Observer[]): Observer | undefined {
  if (observers.length <= 1) return observers[0];
  return {
    digests: observers.some(({ digests }) => digests === true),
    tell: (event) => {
      for (const observer of observers) observer.tell(event);
    },
  };
}
