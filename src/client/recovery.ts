import { RECOVERY_MS, RECOVERY_RETRY_MS } from '../protocol/limits.js';

/**
 * The life of a session seen from the client, across the connections that carry it.
 *
 * ```
 *                  up                         lost, resumable
 *   connecting ─────────► connected ───────────────────────────► recovering ◄─┐
 *     ▲   │ down              ▲                                    │ │ │      │ down, worth another try:
 *     │   ▼        wanted     │ up (dialled, resumed, caught up)   │ │ └──────┘ again in 100 ms
 *     │  failed ◄─────────┐   └────────────────────────────────────┘ │
 *     └────┘              └──────────────────────────────────────────┘ down for good, or 45 s over
 *
 *   close: from anywhere to closed, which is final.
 * ```
 * An attempt is: dial, initialize, and after a loss catch up with every process. The driver makes it and says how it went.
 */
export type Recovery =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly sessionId: string | undefined }
  | { readonly state: 'recovering'; readonly sessionId: string; readonly loss: string }
  | { readonly state: 'failed'; readonly message: string }
  | { readonly state: 'closed' };

export type RecoveryInput =
  /** An operation needs a connection. */
  | { readonly type: 'wanted' }
  /** The attempt succeeded. `sessionId` is undefined where an old executor has no sessions to resume. */
  | { readonly type: 'up'; readonly sessionId: string | undefined }
  /** The attempt failed. */
  | { readonly type: 'down'; readonly cause: string; readonly worthAnotherTry: boolean }
  /**
   * The connection ended. `redialable`: the same session can be reached by dialling again. `brief`: it had hardly begun, so
   * that dialling at once would only do the same again.
   */
  | { readonly type: 'lost'; readonly loss: string; readonly redialable: boolean; readonly brief: boolean }
  | { readonly type: 'retryDue' }
  | { readonly type: 'deadline' }
  | { readonly type: 'close' };

export type RecoveryEffect =
  /** Make one attempt, resuming that session if one is named. */
  | { readonly do: 'attempt'; readonly resume: string | undefined }
  /** Break off the attempt under way and forget the retry. */
  | { readonly do: 'stopAttempts' }
  | { readonly do: 'retryIn'; readonly ms: number }
  | { readonly do: 'deadlineIn'; readonly ms: number }
  | { readonly do: 'clearDeadline' }
  /** The session and all its processes are gone. */
  | { readonly do: 'failSession'; readonly message: string };

export type RecoveryStep = readonly [Recovery, readonly RecoveryEffect[]];

/** One step. Inputs that mean nothing in a state, such as a timer that was already due when cancelled, change nothing. */
export function stepRecovery(current: Recovery, input: RecoveryInput): RecoveryStep {
  if (input.type === 'close') return close(current);
  switch (current.state) {
    case 'connecting':
      if (input.type === 'up') return [{ state: 'connected', sessionId: input.sessionId }, []];
      if (input.type === 'down') return [{ state: 'failed', message: input.cause }, []];
      return [current, []];
    case 'connected':
      return input.type === 'lost' ? lose(current.sessionId, input) : [current, []];
    case 'recovering':
      return recover(current, input);
    case 'failed':
      return input.type === 'wanted'
        ? [{ state: 'connecting' }, [{ do: 'attempt', resume: undefined }]]
        : [current, []];
    case 'closed':
      return [current, []];
  }
}

type Lost = Extract<RecoveryInput, { type: 'lost' }>;
type Recovering = Extract<Recovery, { state: 'recovering' }>;

function lose(sessionId: string | undefined, { loss, redialable, brief }: Lost): RecoveryStep {
  if (!redialable || sessionId === undefined) return fail(loss);
  return [
    { state: 'recovering', sessionId, loss },
    [
      { do: 'deadlineIn', ms: RECOVERY_MS },
      brief ? { do: 'retryIn', ms: RECOVERY_RETRY_MS } : { do: 'attempt', resume: sessionId },
    ],
  ];
}

function recover(current: Recovering, input: RecoveryInput): RecoveryStep {
  switch (input.type) {
    case 'up':
      return [{ state: 'connected', sessionId: current.sessionId }, [{ do: 'clearDeadline' }]];
    case 'down':
      return input.worthAnotherTry
        ? [current, [{ do: 'retryIn', ms: RECOVERY_RETRY_MS }]]
        : fail(resumeFailed(current.loss, input.cause), [{ do: 'clearDeadline' }]);
    case 'retryDue':
      return [current, [{ do: 'attempt', resume: current.sessionId }]];
    case 'deadline':
      return fail(resumeFailed(current.loss, `recovery timed out after ${RECOVERY_MS / 1000}s`), [
        { do: 'stopAttempts' },
      ]);
    case 'wanted':
    case 'lost':
    case 'close':
      return [current, []];
  }
}

function close(current: Recovery): RecoveryStep {
  switch (current.state) {
    case 'closed':
      return [current, []];
    case 'recovering':
      return [{ state: 'closed' }, [{ do: 'clearDeadline' }, { do: 'stopAttempts' }]];
    case 'connecting':
      return [{ state: 'closed' }, [{ do: 'stopAttempts' }]];
    case 'connected':
    case 'failed':
      return [{ state: 'closed' }, []];
  }
}

const fail = (message: string, effects: readonly RecoveryEffect[] = []): RecoveryStep => [
  { state: 'failed', message },
  [...effects, { do: 'failSession', message }],
];

const resumeFailed = (loss: string, cause: string): string => `${loss}; failed to resume exec-server session: ${cause}`;
