/** What a log says of the way to a rendezvous. */
import { type LifecycleEvent, telling } from '../remote/lifecycle.js';
import type { LogLevel } from './log-format.js';
import type { LogRecord } from './log-record.js';

export function remoteRecord(event: LifecycleEvent): LogRecord {
  const { level, message, fields = {} } = telling(event);
  return { level: LEVELS[level], event: event.event, message, fields };
}

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  string,
  LogLevel
>;
