/** Observers of an `Executor`, for programs: `import { openLog, spanObserver } from 'farhand/observation'`. */
export { AuditFile, type AuditOptions } from './audit-file.js';
export type { ExecutorEvent, Observer, RequestAnswered } from './executor-event.js';
export type { ExecutorState } from './executor-state.js';
export { LineSink } from './line-sink.js';
export { type Log, type LogOptions, openLog } from './log.js';
export type { LogFormat, LogLevel } from './log-format.js';
export { Metrics } from './metrics.js';
export { type MetricsServer, type MetricsServerOptions, serveMetrics } from './metrics-server.js';
export { spanObserver } from './spans.js';
export { together } from './together.js';
