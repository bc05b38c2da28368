/**
 * The life of a session seen from the client, across the connections that carry it. How long a recovery may take depends on the way
 * to the executor; it is told with the loss.
 *
 * ```
 *                  up                         lost, resumable
 *   connecting ─────────► connected ───────────────────────────► recovering ◄─┐
 *     ▲   │ down              ▲                                    │ │ │      │ down, worth another try:
 *     │   ▼        wanted     │ up (dialled, resumed, caught up)   │ │ └──────┘ again after a wait
 *     │  failed ◄─────────┐   └────────────────────────────────────┘ │
 *     └────┘              └──────────────────────────────────────────┘ down for good, or its time is over
 *
 *   close: from anywhere to closed, which is final.
 * ```
 * An attempt is: dial, initialize, and after a loss catch up with every process. The driver makes it and says how it went.
 */
export type Recovery =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly sessionId: string | undefined }
  /** `failed`: attempts since the loss. */
  | {
      readonly state: 'recovering';
      readonly sessionId: string;
      readonly loss: string;
      readonly deadlineMs: number;
      readonly failed: number;
    }
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
   * The connection ended. `deadlineMs`: how long the same session may be sought by dialling again; undefined where that reaches
   * another executor. `brief`: it had hardly begun, so that dialling at once would only do the same again.
   */
  | {
      readonly type: 'lost';
      readonly loss: string;
      readonly deadlineMs: number | undefined;
      readonly brief: boolean;
    }
  | { readonly type: 'retryDue' }
  | { readonly type: 'deadline' }
  | { readonly type: 'close' };

export type RecoveryEffect =
  /** Make one attempt, resuming that session if one is named. */
  | { readonly do: 'attempt'; readonly resume: string | undefined }
  /** Break off the attempt under way and forget the retry. */
  | { readonly do: 'stopAttempts' }
  /** Call back when it is time for another attempt after so many that failed, at least one. */
  | { readonly do: 'retry'; readonly failed: number }
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

function lose(sessionId: string | undefined, { loss, deadlineMs, brief }: Lost): RecoveryStep {
  if (deadlineMs === undefined || sessionId === undefined) return fail(loss);
  // A link that did not last counts as an attempt that failed.
  const failed = brief ? 1 : 0;
  return [
    { state: 'recovering', sessionId, loss, deadlineMs, failed },
    [{ do: 'deadlineIn', ms: deadlineMs }, brief ? { do: 'retry', failed } : { do: 'attempt', resume: sessionId }],
  ];
}

function recover(current: Recovering, input: RecoveryInput): RecoveryStep {
  switch (input.type) {
    case 'up':
      return [{ state: 'connected', sessionId: current.sessionId }, [{ do: 'clearDeadline' }]];
    case 'down': {
      if (!input.worthAnotherTry) return fail(resumeFailed(current.loss, input.cause), [{ do: 'clearDeadline' }]);
      const failed = current.failed + 1;
      return [{ ...current, failed }, [{ do: 'retry', failed }]];
    }
    case 'retryDue':
      return [current, [{ do: 'attempt', resume: current.sessionId }]];
    case 'deadline':
      return fail(resumeFailed(current.loss, `recovery timed out after ${current.deadlineMs / 1000}s`), [
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
