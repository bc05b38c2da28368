/** What a log says of an event: ids, names and numbers, and texts of our own. No words of a peer, of a command, or of an error. */
import { framesOf } from '../protocol/fault-text.js';
import type { Field } from '../protocol/log-line.js';
import type { EndCause } from '../protocol/process-end.js';
import type { ExecutorEvent } from './executor-event.js';
import type { LogLevel } from './log-format.js';

export interface LogRecord {
  readonly level: LogLevel;
  /** What a program knows it by, if it is an event. */
  readonly event?: string;
  readonly message: string;
  /** In the order in which they are written; undefined is left out. */
  readonly fields: Readonly<Record<string, Field>>;
}

export const logRecord = (event: ExecutorEvent): LogRecord => ({ ...told(event), event: event.event });

function told(event: ExecutorEvent): LogRecord {
  switch (event.event) {
    case 'connectionOpened':
      return info('connection opened', { connection: event.connection, peer: event.peer });
    case 'connectionClosed': {
      const { connection, session, reason, ms } = event;
      return info('connection closed', { connection, session, reason, ms: rounded(ms) });
    }
    case 'sessionStarted':
      return info('session started', { session: event.session, connection: event.connection });
    case 'sessionResumed':
      return info('session resumed', { session: event.session, connection: event.connection });
    case 'sessionDetached':
      return info('session has no connection', { session: event.session });
    case 'sessionEnded':
      return info('session ended', { session: event.session, ...causeFields(event.cause), ms: rounded(event.ms) });
    case 'requestAnswered': {
      const { connection, session, method, outcome, limit, bytesIn, bytesOut, ms } = event;
      const fields = { connection, session, method, outcome, limit, bytesIn, bytesOut, ms: rounded(ms) };
      return { level: 'debug', message: 'request answered', fields };
    }
    case 'processStarted': {
      const { session, process, pid, sandboxed, ms } = event;
      const sandbox = sandboxed ? 'bubblewrap' : 'none';
      return info('process started', { session, process: loggableId(process), pid, sandbox, ms: rounded(ms) });
    }
    case 'processEnded': {
      const { session, process, exitCode, cause, usage } = event;
      return info('process ended', {
        session,
        process: loggableId(process),
        exitCode,
        ...causeFields(cause),
        ...usage,
      });
    }
    case 'limitReached': {
      const { limit, connection, session } = event;
      return warn('limit reached', { limit, connection, session });
    }
    case 'workerReady':
      return info('worker ready', { worker: event.worker });
    case 'workerLost':
      return { level: 'error', message: 'worker lost', fields: { worker: event.worker, ...errorFields(event.error) } };
    case 'draining':
      return info('draining', { processes: event.processes, seconds: event.seconds });
    case 'tokensReloaded':
      if (event.error === undefined) return info('tokens reloaded');
      return warn('tokens could not be reloaded', { error: event.error });
    case 'fault': {
      const message = event.fatal ? 'fault, and the end' : 'fault';
      return { level: 'error', message, fields: errorFields(event.error) };
    }
    case 'warning':
      return warn(event.message);
    default:
      return event satisfies never;
  }
}

const info = (message: string, fields: LogRecord['fields'] = {}): LogRecord => ({ level: 'info', message, fields });
const warn = (message: string, fields: LogRecord['fields'] = {}): LogRecord => ({ level: 'warn', message, fields });

/** To the microsecond. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function causeFields(cause: EndCause | undefined): LogRecord['fields'] {
  if (cause === undefined) return {};
  const { type, ...more } = cause;
  return { cause: type, ...more };
}

/** Peers choose the ids of processes. One that is no plain word is not repeated. */
const loggableId = (id: string): string => (/^[\w.:@-]{1,128}$/.test(id) ? id : 'invalid');

/** Where it was thrown, and of what kind it is. Its message may quote what a peer sent. */
function errorFields(error: Error): LogRecord['fields'] {
  const { code } = error as NodeJS.ErrnoException;
  return { error: error.name, code: typeof code === 'string' ? code : undefined, stack: framesOf(error) };
}
