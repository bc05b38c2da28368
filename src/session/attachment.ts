/**
 * Which connection a session belongs to, as a pure machine. Connections are known by any value of identity `C`.
 *
 *             resume (accept)                    resume by another (probe the old one)
 *   detached ────────────────► attached ───────────────────────────────────────────► contested
 *      ▲ ◄────────────────────    ▲  ▲            old one is alive (refuse the other)      │ │
 *      │       lost               │  └─────────────────────────────────────────────────────┘ │
 *      │ expired                  └──────────────────────────────────────────────────────────┘
 *      ▼                              old one is silent or lost (close it, accept the other)
 *     gone
 *
 *   attached, contested ── resume at once ──► attached       (refuse who waits, close the old one, accept the other)
 */
export type Attachment<C> =
  | { readonly state: 'attached'; readonly to: C }
  | { readonly state: 'contested'; readonly to: C; readonly by: C }
  | { readonly state: 'detached' }
  | { readonly state: 'gone' };

export type AttachmentEvent<C> =
  /** A connection asks for the session. `atOnce`: it is known to be of the same peer, and wins whether the old one lives or not. */
  | { readonly event: 'resume'; readonly by: C; readonly atOnce: boolean }
  /** A connection has ended. */
  | { readonly event: 'lost'; readonly connection: C }
  /** The probe of a contested session's connection is over. */
  | { readonly event: 'probed'; readonly connection: C; readonly alive: boolean }
  /** The retention of a detached session is over. */
  | { readonly event: 'expired' };

export type AttachmentEffect<C> =
  | { readonly do: 'accept'; readonly connection: C }
  | { readonly do: 'refuse'; readonly connection: C }
  | { readonly do: 'probe'; readonly connection: C }
  | { readonly do: 'close'; readonly connection: C }
  | { readonly do: 'detach' }
  | { readonly do: 'keepAwhile' }
  | { readonly do: 'keep' }
  | { readonly do: 'end' };

type Step<C> = readonly [Attachment<C>, readonly AttachmentEffect<C>[]];

/** What follows from an event. An event that cannot matter any more changes nothing. */
export function step<C>(now: Attachment<C>, event: AttachmentEvent<C>): Step<C> {
  switch (event.event) {
    case 'resume':
      return event.atOnce ? resumeAtOnce(now, event.by) : resume(now, event.by);
    case 'lost':
      return lost(now, event.connection);
    case 'probed':
      return probed(now, event.connection, event.alive);
    case 'expired':
      return now.state === 'detached' ? [{ state: 'gone' }, [{ do: 'end' }]] : [now, []];
    default:
      return event satisfies never;
  }
}

function resume<C>(now: Attachment<C>, by: C): Step<C> {
  switch (now.state) {
    case 'detached':
      return [{ state: 'attached', to: by }, [{ do: 'keep' }, { do: 'accept', connection: by }]];
    case 'attached':
      return [{ state: 'contested', to: now.to, by }, [{ do: 'probe', connection: now.to }]];
    case 'contested':
    case 'gone':
      return [now, [{ do: 'refuse', connection: by }]];
    default:
      return now satisfies never;
  }
}

function resumeAtOnce<C>(now: Attachment<C>, by: C): Step<C> {
  switch (now.state) {
    case 'attached':
      return takeOver(now.to, by);
    case 'contested': {
      const [next, effects] = takeOver(now.to, by);
      return [next, [{ do: 'refuse', connection: now.by }, ...effects]];
    }
    case 'detached':
    case 'gone':
      return resume(now, by);
    default:
      return now satisfies never;
  }
}

/** The old connection is out before the other is in. */
function takeOver<C>(from: C, by: C): Step<C> {
  return [
    { state: 'attached', to: by },
    [{ do: 'detach' }, { do: 'close', connection: from }, { do: 'accept', connection: by }],
  ];
}

function lost<C>(now: Attachment<C>, connection: C): Step<C> {
  if (now.state === 'contested' && connection === now.to) {
    return [{ state: 'attached', to: now.by }, [{ do: 'detach' }, { do: 'accept', connection: now.by }]];
  }
  if (now.state === 'contested' && connection === now.by) return [{ state: 'attached', to: now.to }, []];
  if (now.state === 'attached' && connection === now.to) {
    return [{ state: 'detached' }, [{ do: 'detach' }, { do: 'keepAwhile' }]];
  }
  return [now, []];
}

function probed<C>(now: Attachment<C>, connection: C, alive: boolean): Step<C> {
  if (now.state !== 'contested' || now.to !== connection) return [now, []];
  if (alive) return [{ state: 'attached', to: now.to }, [{ do: 'refuse', connection: now.by }]];
  return takeOver(now.to, now.by);
}
