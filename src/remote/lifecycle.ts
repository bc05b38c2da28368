/**
 * What those who look after an executor are told about its way to the rendezvous: one line per event. Ids, names and numbers only,
 * no credential, no key, no signed URL and nothing that a peer wrote. Source of texts, names and order: 0.169.0.
 */
import type { LinkEnd } from '../links/link-end.js';
import { type Field, type Level, logLine } from '../protocol/log-line.js';
import { SECURITY_PROFILE } from '../registry/answers.js';
import type { DemultiplexerEffect } from '../relay/demultiplexer.js';
import type { DiagnosticReason } from '../relay/diagnostics.js';

/** How its socket ended, or why it was given up though that was well. */
export type DisconnectReason = LinkEnd | Extract<DemultiplexerEffect, { do: 'endLink' }>['reason'];

/** `streamId` and the like are as they may stand in a log: `loggableStreamId`. */
export type LifecycleEvent =
  | { readonly event: 'registered' }
  /** `attempt`: the one that failed, from 0. `status`: of the registry, if it answered. */
  | {
      readonly event: 'registrationRetry';
      readonly attempt: number;
      readonly delayMs: number;
      readonly status: number | undefined;
    }
  /** `requestId`: of the upgrade. `connectionAttempt`: of this process, from 1. */
  | { readonly event: 'connected'; readonly requestId: string; readonly connectionAttempt: number }
  | {
      readonly event: 'disconnected';
      readonly reason: DisconnectReason;
      readonly requestId: string;
      readonly connectionAttempt: number;
    }
  | {
      readonly event: 'connectFailed';
      readonly requestId: string;
      readonly connectionAttempt: number;
      readonly errorKind: 'http' | 'io' | 'other';
      readonly httpStatus?: number;
      /** Node's code, such as ECONNREFUSED; `timedOut`. It is told by the reference's name for it. */
      readonly ioErrorKind?: string;
      /** One that `knownRejectionReason` knows. */
      readonly rejectionReason?: string;
    }
  /** Its old URL was refused, and a new one is not to be had yet. */
  | { readonly event: 'reregistrationFailed'; readonly status: number | undefined; readonly delayMs: number }
  | { readonly event: 'handshakeCompleted'; readonly streamId: string }
  | {
      readonly event: 'handshakeDiagnostic';
      readonly outcome: 'rejected' | 'reset_received';
      readonly reason: DiagnosticReason;
      /** Of the registry, where the reason is its answer. */
      readonly status?: number;
      readonly environmentId: string;
      readonly registrationId: string;
      readonly streamId: string;
    }
  /** There were more diagnostics than are told in a minute. */
  | { readonly event: 'diagnosticsLimited' }
  | { readonly event: 'coolingDown' }
  | { readonly event: 'frameDropped'; readonly why: string }
  | { readonly event: 'streamFailed'; readonly streamId: string; readonly why: string }
  | { readonly event: 'readableByOthers'; readonly path: string };

export interface Telling {
  readonly level: Level;
  readonly message: string;
  /** In this order. */
  readonly fields?: Readonly<Record<string, Field>>;
}

/** One line without its end: time, level, message and `key=value`. */
export function lineOf(event: LifecycleEvent, now: Date): string {
  const { level, message, fields } = telling(event);
  return logLine(now, level, message, fields);
}

const REJECTION_REASONS: ReadonlySet<string> = new Set([
  'missing_role',
  'invalid_role',
  'pod_draining',
  'missing_expiry',
  'invalid_expiry',
  'invalid_secret',
  'missing_signature',
  'invalid_signature',
  'extra_query_param',
  'route_unavailable',
  'missing_version',
  'malformed_query',
  'unexpected_executor_registration_id',
  'unknown_route',
  'wrong_rendezvous_cluster',
]);

/** `header`: `x-codex-rendezvous-rejection-reason`, as it came. What is not known is not told. */
export function knownRejectionReason(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && REJECTION_REASONS.has(header) ? header : undefined;
}

const IO_ERROR_KINDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_aborted',
  ETIMEDOUT: 'timed_out',
  timedOut: 'timed_out',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ENETDOWN: 'network_down',
  EADDRNOTAVAIL: 'addr_not_available',
  EPIPE: 'broken_pipe',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
};

/** The same for a structured log. */
export function telling(event: LifecycleEvent): Telling {
  switch (event.event) {
    case 'registered':
      return {
        level: 'INFO',
        message: 'Noise executor registration completed',
        fields: { ...noise('registration', 'ok'), security_profile: SECURITY_PROFILE },
      };
    case 'registrationRetry':
      return {
        level: 'WARN',
        message: 'Noise executor retrying uncommitted registry registration',
        fields: {
          ...noise('registration', 'retry'),
          retry_attempt: event.attempt + 1,
          retry_delay_ms: Math.round(event.delayMs),
          status: event.status,
        },
      };
    case 'connected':
      return {
        level: 'INFO',
        message: 'Noise executor connected to rendezvous',
        fields: { ...noise('rendezvous_connection', 'ok'), ...connection(event) },
      };
    case 'disconnected':
      return {
        level: 'INFO',
        message: 'Noise executor disconnected from rendezvous',
        fields: { ...noise('rendezvous_connection', 'disconnected', event.reason), ...connection(event) },
      };
    case 'connectFailed':
      return {
        level: 'WARN',
        message: 'Noise executor failed to connect to rendezvous',
        fields: {
          ...noise('rendezvous_connection', 'error', 'websocket_error'),
          ...connection(event),
          error_kind: event.errorKind,
          http_status: event.httpStatus,
          io_error_kind: event.ioErrorKind === undefined ? undefined : (IO_ERROR_KINDS[event.ioErrorKind] ?? 'other'),
          rejection_reason: event.rejectionReason,
        },
      };
    case 'reregistrationFailed':
      return {
        level: 'WARN',
        message: 'Noise executor failed to register again',
        fields: { ...noise('registration', 'error'), status: event.status, retry_delay_ms: Math.round(event.delayMs) },
      };
    case 'handshakeCompleted':
      return {
        level: 'INFO',
        message: 'Noise executor handshake completed',
        fields: { ...noise('handshake', 'ok'), stream_id: event.streamId },
      };
    case 'handshakeDiagnostic':
      return {
        level: 'WARN',
        message: 'Noise executor handshake diagnostic',
        fields: {
          noise_event: 'handshake',
          noise_outcome: event.outcome,
          noise_side: 'executor',
          noise_reason: event.reason,
          registry_status: event.status,
          environment_id: event.environmentId,
          executor_registration_id: event.registrationId,
          stream_id: event.streamId,
        },
      };
    case 'diagnosticsLimited':
      return {
        level: 'WARN',
        message: 'Noise executor handshake diagnostics rate limited',
        fields: { ...noise('handshake_diagnostics', 'rate_limited'), noise_side: 'executor' },
      };
    case 'coolingDown':
      return { level: 'WARN', message: 'pausing Noise relay handshakes after repeated failures' };
    case 'frameDropped':
      return {
        level: 'WARN',
        message: `dropping malformed Noise relay frame from harness: exec-server protocol error: ${event.why}`,
      };
    case 'streamFailed':
      return {
        level: 'WARN',
        message: `Noise virtual stream failed: ${event.why}`,
        fields: { stream_id: event.streamId },
      };
    case 'readableByOthers':
      return { level: 'WARN', message: `others on this machine may read the credentials in ${event.path}` };
    default:
      return event satisfies never;
  }
}

const noise = (name: string, outcome: string, reason?: string) => ({
  noise_event: name,
  noise_outcome: outcome,
  noise_reason: reason,
});

const connection = ({ requestId, connectionAttempt }: { requestId: string; connectionAttempt: number }) => ({
  request_id: requestId,
  connection_attempt: connectionAttempt,
});
