import type { LifecycleEvent } from '#src/remote/lifecycle.js';

export type EventOf<Name extends LifecycleEvent['event']> = Extract<LifecycleEvent, { event: Name }>;

/** All events of one kind, in their order. */
export const eventsOf = <Name extends LifecycleEvent['event']>(
  log: readonly LifecycleEvent[],
  name: Name,
): EventOf<Name>[] => log.filter((event): event is EventOf<Name> => event.event === name);
