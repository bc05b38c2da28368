import { lastSeqOf, type ProcessEvent } from './process-event.js';
import type { ReadFacts } from './read-placement.js';

/** How a process ended. */
export interface ProcessExit {
  /** 128 + N after signal N, as shells say it. */
  readonly exitCode: number;
  /** The sandbox refused something to the process. */
  readonly sandboxDenied: boolean;
  /** Every byte of output reached this client. */
  readonly complete: boolean;
  /** Pieces of output that the executor had dropped before they could be fetched; 0 when `complete`. */
  readonly lostChunks: number;
}

/**
 * When a process is complete, told from its ordered events.
 *
 * ```
 *            exited, sound                     closed
 *   running ───────────────► exited ───────────────────────────► ended
 *      │                                                          ▲
 *      │ exited, in doubt          closed                         │ answer
 *      └─────────────────► asking ────────► closedAsking ─────────┘
 *        [one read]          │ answer: exited
 * ```
 * A complete ordered stream costs no read. An exit is in doubt when it does not say whether the sandbox refused
 * something (old executors) or when its code is -1 (the executor knows more: the `failure` of a read).
 */
export type Completion = Tally & Phase;

interface Tally {
  readonly denied: boolean;
  readonly lostChunks: number;
}

type Phase =
  | { readonly phase: 'running' }
  | { readonly phase: 'exited'; readonly exitCode: number }
  | { readonly phase: 'asking'; readonly exitCode: number }
  | { readonly phase: 'closedAsking'; readonly exitCode: number | undefined }
  | { readonly phase: 'ended'; readonly exit: ProcessExit }
  | { readonly phase: 'failed'; readonly message: string };

export type CompletionInput =
  /** The next event in order. */
  | { readonly type: 'event'; readonly event: ProcessEvent }
  /** The answer to the read that a step asked for. Its events have been given before it. */
  | { readonly type: 'answer'; readonly read: ReadFacts }
  /** The answer to a read made for another reason. Its events have been given before it. */
  | { readonly type: 'overheard'; readonly read: ReadFacts };

export interface CompletionStep {
  readonly next: Completion;
  /** Make one read now, and give its answer. */
  readonly ask: boolean;
}

/** The exit code of a process whose end the executor could not observe. */
const EXIT_CODE_UNKNOWN = -1;

export const INITIAL_COMPLETION: Completion = { phase: 'running', denied: false, lostChunks: 0 };

/** One step; `ended` and `failed` are final. */
export function stepCompletion(state: Completion, input: CompletionInput): CompletionStep {
  if (state.phase === 'ended' || state.phase === 'failed') return { next: state, ask: false };
  switch (input.type) {
    case 'event':
      return onEvent(state, input.event);
    case 'answer':
    case 'overheard':
      return onRead(state, input.read, input.type === 'answer');
  }
}

type Open = Exclude<Completion, { phase: 'ended' | 'failed' }>;

function onEvent(state: Open, event: ProcessEvent): CompletionStep {
  switch (event.type) {
    case 'output':
      return { next: state, ask: false };
    case 'lost': {
      const lostChunks = state.lostChunks + lastSeqOf(event) - event.seq + 1;
      return { next: { ...state, lostChunks }, ask: false };
    }
    case 'exited': {
      if (state.phase !== 'running') return { next: state, ask: false };
      const inDoubt = event.sandboxDenied === undefined || event.exitCode === EXIT_CODE_UNKNOWN;
      const tally = { lostChunks: state.lostChunks, denied: state.denied || event.sandboxDenied === true };
      return { next: { ...tally, phase: inDoubt ? 'asking' : 'exited', exitCode: event.exitCode }, ask: inDoubt };
    }
    case 'closed':
      return onClosed(state);
  }
}

function onClosed(state: Open): CompletionStep {
  const { denied, lostChunks } = state;
  switch (state.phase) {
    case 'exited':
      return { next: ended(state, state.exitCode), ask: false };
    case 'asking':
      return { next: { phase: 'closedAsking', exitCode: state.exitCode, denied, lostChunks }, ask: false };
    case 'running':
      return { next: { phase: 'closedAsking', exitCode: undefined, denied, lostChunks }, ask: true };
    case 'closedAsking':
      return { next: state, ask: false };
  }
}

function onRead(state: Open, read: ReadFacts, asked: boolean): CompletionStep {
  if (read.failure !== undefined) return { next: failed(state, read.failure), ask: false };
  const tally = { lostChunks: state.lostChunks, denied: state.denied || read.sandboxDenied };
  const current = { ...state, ...tally };
  if (current.phase === 'running' || current.phase === 'exited') return { next: current, ask: false };
  if (!read.exited) {
    // A read that was on its way before the exit answers nothing; ours must.
    const next = asked ? failed(current, 'the executor reported an exit and denied it when asked') : current;
    return { next, ask: false };
  }
  if (current.phase === 'asking')
    return { next: { ...tally, phase: 'exited', exitCode: current.exitCode }, ask: false };
  const exitCode = current.exitCode ?? read.exitCode;
  if (exitCode === undefined) return { next: failed(current, 'the process closed without an exit code'), ask: false };
  return { next: ended(current, exitCode), ask: false };
}

const ended = ({ denied, lostChunks }: Tally, exitCode: number): Completion => ({
  phase: 'ended',
  denied,
  lostChunks,
  exit: { exitCode, sandboxDenied: denied, complete: lostChunks === 0, lostChunks },
});

const failed = ({ denied, lostChunks }: Tally, message: string): Completion => ({
  phase: 'failed',
  denied,
  lostChunks,
  message,
});
