/**
 * How long this program serves, as a pure machine.
 *
 *   serving ── asked to end ──► draining ── all has ended, time is up, asked again, input closed ──► ending
 *      │                                                                                               ▲
 *      └── asked to end, and there is no time to drain; input closed ──────────────────────────────────┘
 */
export type Life = 'serving' | 'draining' | 'ending';

export type LifeEvent =
  /** SIGTERM or SIGINT. */
  | { readonly event: 'asked' }
  /** SIGHUP. `terminalIsGone`: it comes of the end of the terminal on which this program was started. */
  | { readonly event: 'hungUp'; readonly terminalIsGone: boolean }
  /** No command runs any more, or the time for them is over. */
  | { readonly event: 'drained' }
  /** Whoever started this program is gone, or wants it gone. */
  | { readonly event: 'inputClosed' };

export type LifeEffect = 'drain' | 'reload' | 'end';

/** What follows from an event. `drains`: commands get time to end by themselves. */
export function step(now: Life, event: LifeEvent, drains: boolean): readonly [Life, LifeEffect | undefined] {
  if (now === 'ending') return [now, undefined];
  switch (event.event) {
    case 'asked':
      return asked(now, drains);
    case 'hungUp':
      return event.terminalIsGone ? asked(now, drains) : [now, 'reload'];
    case 'drained':
      return now === 'draining' ? ['ending', 'end'] : [now, undefined];
    case 'inputClosed':
      return ['ending', 'end'];
    default:
      return event satisfies never;
  }
}

const asked = (now: Life, drains: boolean): readonly [Life, LifeEffect] =>
  now === 'serving' && drains ? ['draining', 'drain'] : ['ending', 'end'];
