/** What is told of an executor that is a program, and to whom: opened together, ended together. What nobody asks for is not loaded. */
import { realpathSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { osErrorText } from '../protocol/os-error.js';
import type { LifecycleEvent } from '../remote/lifecycle.js';
import { StartupError } from '../transport/startup-error.js';
import type { AuditFile } from './audit-file.js';
import type { Observer } from './executor-event.js';
import { LineSink } from './line-sink.js';
import type { Log, LogOptions } from './log.js';
import { together } from './together.js';

export interface ObservationOptions {
  readonly log?: LogOptions | undefined;
  /** An absolute path. */
  readonly auditFile?: string | undefined;
}

export interface Observation {
  /** Options of the executor. */
  readonly executor: {
    readonly observer: Observer | undefined;
    readonly warn: ((message: string) => void) | undefined;
  };
  /** Instead of plain lines. */
  readonly log: Log | undefined;
  /** What the operator should know: in the log, or else a line on standard error. */
  readonly warn: (message: string) => void;
  /** Told of the way to a rendezvous. Undefined: nobody wants more than plain lines. */
  readonly remote: ((event: LifecycleEvent) => void) | undefined;
  /** Files that no sandbox may look at, without links. */
  readonly files: readonly string[];
  /** Files whose names were given to others are begun anew. */
  readonly reopen: () => Promise<void>;
  /** Resolves when all that was told has left. */
  readonly close: () => Promise<void>;
}

/** Lines go to `stderr`. Errors: `StartupError` for a file that cannot be opened. */
export async function observe(options: ObservationOptions, stderr: Writable): Promise<Observation> {
  const sink = new LineSink(stderr);
  const log = options.log && (await openLog(options.log, sink));
  const warn = log ? log.warn : (message: string) => void stderr.write(`${message}\n`);
  const audit = options.auditFile === undefined ? undefined : await openAudit(options.auditFile, warn);
  const observers = [log, audit].filter((observer) => observer !== undefined);
  return {
    executor: { observer: together(observers), warn: log ? undefined : warn },
    log,
    warn,
    remote: log && (await remoteTeller(log)),
    files: options.auditFile === undefined ? [] : [realpathSync(options.auditFile)],
    reopen: async () => await audit?.reopen(),
    close: async () => {
      await audit?.close();
      if (log) await sink.flush();
    },
  };
}

async function openLog(options: LogOptions, sink: LineSink): Promise<Log> {
  const { openLog } = await import('./log.js');
  return await openLog(options, sink);
}

async function remoteTeller(log: Log): Promise<(event: LifecycleEvent) => void> {
  const { remoteRecord } = await import('./remote-record.js');
  return (event) => log.write(remoteRecord(event));
}

async function openAudit(path: string, warn: (message: string) => void): Promise<AuditFile> {
  const { AuditFile } = await import('./audit-file.js');
  try {
    return await AuditFile.open({ path, warn });
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new StartupError(`--audit-log ${path} cannot be opened: ${osErrorText(errno)}`);
  }
}
