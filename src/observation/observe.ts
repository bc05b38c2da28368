/** What is told of an executor that is a program, and to whom: opened together, ended together. What nobody asks for is not loaded. */
import { realpathSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { osErrorText } from '../protocol/os-error.js';
import type { LifecycleEvent } from '../remote/lifecycle.js';
import type { SocketAddress } from '../transport/socket-address.js';
import { StartupError } from '../transport/startup-error.js';
import type { AuditFile } from './audit-file.js';
import type { Observer } from './executor-event.js';
import type { ExecutorState } from './executor-state.js';
import { LineSink } from './line-sink.js';
import type { Log, LogOptions } from './log.js';
import type { MetricsPort } from './metrics-port.js';
import { together } from './together.js';

export interface ObservationOptions {
  readonly log?: LogOptions | undefined;
  /** An absolute path. */
  readonly auditFile?: string | undefined;
  /** Where metrics are told. */
  readonly metrics?: SocketAddress | undefined;
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
  /** Told of the way to a rendezvous; the log is among them, if there is one. Undefined: nobody is. */
  readonly remote: ((event: LifecycleEvent) => void) | undefined;
  /** Files that no sandbox may look at, without links. */
  readonly files: readonly string[];
  /** The executor whose state is told, when there is one. */
  readonly attach: (executor: { readonly state: ExecutorState }) => void;
  /** Files whose names were given to others are begun anew. */
  readonly reopen: () => Promise<void>;
  /** Resolves when all that was told has left. */
  readonly close: () => Promise<void>;
}

/** Lines go to `stderr`. Errors: `StartupError` for a file or an address that cannot be had. */
export async function observe(options: ObservationOptions, stderr: Writable): Promise<Observation> {
  const sink = new LineSink(stderr);
  const log = options.log && (await openLog(options.log, sink));
  const warn = log ? log.warn : (message: string) => void stderr.write(`${message}\n`);
  let audit: AuditFile | undefined;
  const lostLines = () => ({ log: sink.lost, audit: audit?.lost ?? 0 });
  const metrics = options.metrics && (await openMetrics(options.metrics, lostLines));
  // Other warnings come from the executor, by its observers.
  const auditWarns = (message: string) => {
    warn(message);
    metrics?.tell({ event: 'warning', message });
  };
  if (options.auditFile !== undefined) audit = await openAudit(options.auditFile, auditWarns);
  if (metrics) tellAddress(metrics.address, log, warn);
  const spans = TRACING in globalThis ? (await import('./spans.js')).spanObserver() : undefined;
  const observers = [log, audit, metrics, spans].filter((observer) => observer !== undefined);
  const remotes = [log && (await remoteTeller(log)), metrics?.remote].filter((remote) => remote !== undefined);
  return {
    executor: { observer: together(observers), warn: log ? undefined : warn },
    log,
    warn,
    remote: remotes.length === 0 ? undefined : (event) => remotes.forEach((remote) => void remote(event)),
    files: options.auditFile === undefined ? [] : [realpathSync(options.auditFile)],
    attach: (executor) => metrics?.attach(executor),
    reopen: async () => await audit?.reopen(),
    close: async () => {
      await metrics?.close();
      await audit?.close();
      if (log) await sink.flush();
    },
  };
}

/** There since somebody has registered a provider of traces, or of anything else, with OpenTelemetry. */
const TRACING = Symbol.for('opentelemetry.js.api.1');

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
  return await AuditFile.open({ path, warn }).catch(refusedBySystem(`--audit-log ${path} cannot be opened`));
}

async function openMetrics(at: SocketAddress, lostLines: () => { log: number; audit: number }): Promise<MetricsPort> {
  const { openMetricsPort } = await import('./metrics-port.js');
  return await openMetricsPort(at, lostLines).catch(refusedBySystem('--metrics-listen'));
}

function tellAddress(address: string, log: Log | undefined, warn: (message: string) => void): void {
  if (log) log.write({ level: 'info', message: 'metrics', fields: { address } });
  else warn(`metrics at ${address}/metrics`);
}

/** Errors of the system become one line; others are bugs. */
const refusedBySystem = (what: string) => (error: NodeJS.ErrnoException) => {
  if (error.errno === undefined) throw error;
  throw new StartupError(`${what}: ${osErrorText(Math.abs(error.errno))}`);
};
