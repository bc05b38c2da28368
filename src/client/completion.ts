import { lastSeqOf, type ProcessEvent, type ToldOfEnd, toldOfEnd } from './process-event.js';
import type { ReadFacts } from './read-placement.js';

/** How a process ended. */
export interface ProcessExit extends ToldOfEnd {
  /** 128 + N after signal N, as shells say it. */
  readonly exitCode: number;
  /** The sandbox refused something to the process. */
  readonly sandboxDenied: boolean;
  /** Every byte of output reached this client. */
  readonly complete: boolean;
  /** Pieces of output that the executor had dropped before they could be fetched; 0 when `complete`. */
  readonly lostChunks: number;
  /** How many bytes that was, exactly; 0 when `complete`, and undefined where an executor of another making does not say. */
  readonly lostBytes: number | undefined;
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
  readonly lostBytes: number | undefined;
  readonly told: ToldOfEnd;
}

type Phase =
  | { readonly phase: 'running' }
  | { readonly phase: 'exited'; readonly exitCode: number }
  | { readonly phase: 'asking'; readonly exitCode: number }
  | { readonly phase: 'closedAsking'; readonly exitCode: number | undefined }
  | { readonly phase: 'ended'; readonly exit: ProcessExit }
  | { readonly phase: 'failed'; readonly message: string };

export type CompletionInput =
  /** So many bytes are missing between the next events, or nobody knows how many. */
  | { readonly type: 'lostBytes'; readonly bytes: number | undefined }
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

export const INITIAL_COMPLETION: Completion = {
  phase: 'running',
  denied: false,
  lostChunks: 0,
  lostBytes: 0,
  told: {},
};

/** One step; `ended` and `failed` are final. */
export function stepCompletion(state: Completion, input: CompletionInput): CompletionStep {
  if (state.phase === 'ended' || state.phase === 'failed') return { next: state, ask: false };
  switch (input.type) {
    case 'lostBytes':
      return { next: { ...state, lostBytes: sum(state.lostBytes, input.bytes) }, ask: false };
    case 'event':
      return onEvent(state, input.event);
    case 'answer':
    case 'overheard':
      return onRead(state, input.read, input.type === 'answer');
  }
}

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

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
      const denied = state.denied || event.sandboxDenied === true;
      const tally = { ...tallyOf(state), denied, told: toldOfEnd(event) };
      return { next: { ...tally, phase: inDoubt ? 'asking' : 'exited', exitCode: event.exitCode }, ask: inDoubt };
    }
    case 'closed':
      return onClosed(state);
  }
}

function onClosed(state: Open): CompletionStep {
  const tally = tallyOf(state);
  switch (state.phase) {
    case 'exited':
      return { next: ended(state, state.exitCode), ask: false };
    case 'asking':
      return { next: { ...tally, phase: 'closedAsking', exitCode: state.exitCode }, ask: false };
    case 'running':
      return { next: { ...tally, phase: 'closedAsking', exitCode: undefined }, ask: true };
    case 'closedAsking':
      return { next: state, ask: false };
  }
}

function onRead(state: Open, read: ReadFacts, asked: boolean): CompletionStep {
  if (read.failure !== undefined) return { next: failed(state, read.failure), ask: false };
  // What a read tells of an end is what the event of it told, and an event may have been lost.
  const told = { ...toldOfEnd(read), ...state.told };
  const tally = { ...tallyOf(state), denied: state.denied || read.sandboxDenied, told };
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

const tallyOf = ({ denied, lostChunks, lostBytes, told }: Tally): Tally => ({ denied, lostChunks, lostBytes, told });

const ended = (tally: Tally, exitCode: number): Completion => {
  const { denied, lostChunks, lostBytes, told } = tally;
  const exit = { exitCode, sandboxDenied: denied, complete: lostChunks === 0, lostChunks, lostBytes, ...told };
  return { ...tallyOf(tally), phase: 'ended', exit };
};

const failed = (tally: Tally, message: string): Completion => ({ ...tallyOf(tally), phase: 'failed', message });
