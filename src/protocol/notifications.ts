/** What a server tells its client unasked. */
import type * as v from 'valibot';
import { decode } from './decode.js';
import { missingChanged } from './files.js';
import { bodyDelta } from './http.js';
import type { JsonValue } from './json-value.js';
import { policyDecision } from './network.js';
import { closedEvent, exitedEvent, outputEvent } from './process.js';

const NOTIFICATIONS = {
  'process/output': outputEvent,
  'process/exited': exitedEvent,
  'process/closed': closedEvent,
  'http/request/bodyDelta': bodyDelta,
  'fs/missingChanged': missingChanged,
  'network/policyDecision': policyDecision,
} as const;

export type NotificationMethod = keyof typeof NOTIFICATIONS;
export type NotificationParams = { [M in NotificationMethod]: v.InferOutput<(typeof NOTIFICATIONS)[M]> };
export type Notification = {
  [M in NotificationMethod]: { method: M; params: NotificationParams[M] };
}[NotificationMethod];

/** Undefined for a method not known here, which is to be ignored. Errors: -32602 text of what does not fit. */
export function decodeNotification(method: string, params: JsonValue | undefined): Notification | undefined {
  if (!isKnown(method)) return undefined;
  return { method, params: decode<unknown>(NOTIFICATIONS[method], params ?? null) } as Notification;
}

/** Whether a notification may be as long as a piece of a stream; all others are short. See limits.ts. */
export const isStreamNotification = (method: string) =>
  method === 'process/output' ||
  method === 'process/exited' ||
  method === 'process/closed' ||
  method === 'http/request/bodyDelta';

const isKnown = (method: string): method is NotificationMethod => Object.hasOwn(NOTIFICATIONS, method);
