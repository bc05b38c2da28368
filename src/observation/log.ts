/** The structured log: one line for each record, as JSON or for people. */
import { type Level, logLine } from '../protocol/log-line.js';
import type { Observer } from './executor-event.js';
import type { LineSink } from './line-sink.js';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './log-format.js';
import { type LogRecord, logRecord } from './log-record.js';

export interface LogOptions {
  readonly format: LogFormat;
  /** Below it nothing is written. Default: info. */
  readonly level?: LogLevel | undefined;
}

export interface Log extends Observer {
  readonly write: (record: LogRecord) => void;
  /** What the operator should know, one line. */
  readonly warn: (message: string) => void;
}

/** Writes to `sink` from then on. What JSON needs is loaded only for it. */
export async function openLog({ format, level = 'info' }: LogOptions, sink: LineSink): Promise<Log> {
  const lowest = LOG_LEVELS.indexOf(level);
  const writeRecord = format === 'json' ? await jsonWriter(sink) : prettyWriter(sink);
  const write = (record: LogRecord) => {
    if (LOG_LEVELS.indexOf(record.level) >= lowest) writeRecord(record);
  };
  // Most events are requests, and most logs are not told of them.
  const hearsRequests = lowest <= LOG_LEVELS.indexOf('debug');
  return {
    write,
    warn: (message) => write({ level: 'warn', message, fields: {} }),
    tell: (event) => {
      if (event.event !== 'requestAnswered' || hearsRequests) write(logRecord(event));
    },
  };
}

/** `{"level":"info","time":"...","event":"sessionStarted","session":"...","connection":1,"msg":"session started"}` */
async function jsonWriter(sink: LineSink): Promise<(record: LogRecord) => void> {
  const { pino } = await import('pino');
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => sink.write(line) },
  );
  return ({ level, event, message, fields }) => logger[level]({ event, ...fields }, message);
}

const WORDS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const satisfies Record<LogLevel, Level>;

/** The same as lines of a remote executor without this log. */
const prettyWriter =
  (sink: LineSink) =>
  ({ level, message, fields }: LogRecord): void =>
    sink.write(`${logLine(new Date(), WORDS[level], message, fields)}\n`);
