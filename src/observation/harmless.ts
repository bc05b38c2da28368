import type { Observer } from './executor-event.js';

/** What an observer throws is told, and stays without effect on what it observes. */
export const harmless = (observer: Observer, fault: (error: unknown) => void): Observer => ({
  digests: observer.digests,
  tell: (event) => {
    try {
      observer.tell(event);
    } catch (error) {
      fault(error);
    }
  },
});
