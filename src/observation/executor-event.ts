/**
 * What happens in an executor, as those are told who watch it: the log, the audit file, the metrics.
 * No event holds what a peer sent or a command wrote: ids, names of methods, numbers, digests. Texts are our own.
 */
import type { TraceContext } from '../protocol/envelope.js';
import type { LimitName } from '../protocol/errors.js';
import type { EndCause, ResourceUsage } from '../protocol/process-end.js';

/** Numbers of one executor, from 1, in the order in which its connections came. */
export type ConnectionNumber = number;

export type ExecutorEvent =
  | { readonly event: 'connectionOpened'; readonly connection: ConnectionNumber; readonly peer: string }
  | {
      readonly event: 'connectionClosed';
      readonly connection: ConnectionNumber;
      readonly session: string | undefined;
      readonly reason: string;
      readonly ms: number;
    }
  | { readonly event: 'sessionStarted'; readonly session: string; readonly connection: ConnectionNumber }
  | { readonly event: 'sessionResumed'; readonly session: string; readonly connection: ConnectionNumber }
  /** It has no connection any more, and is kept for a while. */
  | { readonly event: 'sessionDetached'; readonly session: string }
  | { readonly event: 'sessionEnded'; readonly session: string; readonly cause: EndCause; readonly ms: number }
  | RequestAnswered
  | {
      readonly event: 'processStarted';
      /** Names this process for the life of the executor: its id may be another's by the time it ends. */
      readonly key: number;
      readonly session: string;
      readonly process: string;
      /** Undefined in a sandbox: it has another one there. */
      readonly pid: number | undefined;
      readonly sandboxed: boolean;
      /** From the request to the process. */
      readonly ms: number;
      /** Of the request. */
      readonly trace: TraceContext | null;
    }
  | {
      readonly event: 'processEnded';
      readonly key: number;
      readonly session: string;
      readonly process: string;
      /** -1 when its worker has died. */
      readonly exitCode: number;
      readonly cause: EndCause | undefined;
      readonly usage: ResourceUsage | undefined;
    }
  | {
      readonly event: 'limitReached';
      readonly limit: LimitName;
      readonly connection?: ConnectionNumber | undefined;
      readonly session?: string | undefined;
    }
  /** Workers are numbered from 1, in the order in which they were begun. */
  | { readonly event: 'workerReady'; readonly worker: number }
  | { readonly event: 'workerLost'; readonly worker: number; readonly error: Error }
  | { readonly event: 'draining'; readonly processes: number; readonly seconds: number }
  | { readonly event: 'tokensReloaded'; readonly error?: string }
  /** What no code of ours expected, and what became of it. */
  | { readonly event: 'fault'; readonly error: Error; readonly fatal: boolean }
  /** What the operator should know, one line. */
  | { readonly event: 'warning'; readonly message: string };

export interface RequestAnswered {
  readonly event: 'requestAnswered';
  readonly connection: ConnectionNumber;
  readonly session: string | undefined;
  /** One of the protocol's, or `unknown`. */
  readonly method: string;
  /** `ok`, or the code of the error. */
  readonly outcome: 'ok' | number;
  /** Where the error is that of a limit. */
  readonly limit?: LimitName | undefined;
  /** Length of the request's message and of its answer's. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the arrival of the request to its answer: it may have waited for its turn. */
  readonly ms: number;
  /** Where the request has one. It is its sender's text: for spans, and nothing that is written down. */
  readonly trace: TraceContext | null;
  /** SHA-256 in hex of argv and of the sandbox, as JSON, where the request has them and an observer wants them. */
  readonly argvDigest?: string | undefined;
  readonly policyDigest?: string | undefined;
}

export type { LimitName };

export interface Observer {
  /** Must not throw, and takes no time: it is called between a request and its answer. */
  readonly tell: (event: ExecutorEvent) => void;
  /** Whether digests are wanted; they cost some microseconds per request. */
  readonly digests?: boolean | undefined;
}

/** Who is told of what happens in one session. */
export interface SessionWatch {
  readonly observer: Observer;
  readonly session: string;
}
