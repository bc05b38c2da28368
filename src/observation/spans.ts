/**
 * Spans of OpenTelemetry: one for each request and one for each process, below the span of the client that asked. They are made when
 * they are over, or when a process begins, with the times at which things happened. Where they go is decided by whoever registered a
 * provider; without one they go nowhere.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { TraceContext } from '../protocol/envelope.js';
import type { ExecutorEvent, Observer, RequestAnswered } from './executor-event.js';
import { parseTraceParent } from './trace-parent.js';

type ProcessStarted = Extract<ExecutorEvent, { event: 'processStarted' }>;
type ProcessEnded = Extract<ExecutorEvent, { event: 'processEnded' }>;

const TRACER = 'farhand';

export function spanObserver(): Observer {
  // The provider may be registered later: this tracer finds it then.
  const tracer = trace.getTracer(TRACER);
  const running = new Map<number, Span>();

  const answered = (event: RequestAnswered): void => {
    const { connection, session, method, outcome, bytesIn, bytesOut, ms } = event;
    const end = now();
    const attributes: Attributes = {
      ...{ 'rpc.system': 'jsonrpc', 'rpc.method': method, 'farhand.connection': connection },
      ...(session !== undefined && { 'farhand.session': session }),
      ...{ 'farhand.request.bytes': bytesIn, 'farhand.answer.bytes': bytesOut },
    };
    const options = { kind: SpanKind.SERVER, startTime: end - ms, attributes };
    const span = tracer.startSpan(method, options, parentOf(event.trace));
    if (outcome !== 'ok') {
      span.setAttribute('rpc.jsonrpc.error_code', outcome);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(end);
  };

  const started = ({ key, session, pid, sandboxed, ms, trace: sent }: ProcessStarted): void => {
    const attributes: Attributes = {
      ...{ 'farhand.session': session, 'farhand.sandboxed': sandboxed },
      ...(pid !== undefined && { 'process.pid': pid }),
    };
    const options = { kind: SpanKind.INTERNAL, startTime: now() - ms, attributes };
    running.set(key, tracer.startSpan('process', options, parentOf(sent)));
  };

  const ended = ({ key, exitCode, cause, usage }: ProcessEnded): void => {
    const span = running.get(key);
    running.delete(key);
    if (!span) return;
    span.setAttributes({
      'process.exit.code': exitCode,
      ...(cause && { 'farhand.cause': cause.type }),
      ...(usage?.userMs !== undefined && { 'farhand.usage.user_ms': usage.userMs }),
      ...(usage?.systemMs !== undefined && { 'farhand.usage.system_ms': usage.systemMs }),
      ...(usage?.peakRssBytes !== undefined && { 'farhand.usage.peak_rss_bytes': usage.peakRssBytes }),
    });
    span.end(now());
  };

  return {
    tell: (event) => {
      if (event.event === 'requestAnswered') answered(event);
      else if (event.event === 'processStarted') started(event);
      else if (event.event === 'processEnded') ended(event);
    },
  };
}

/** Milliseconds since 1970, with parts. */
const now = (): number => performance.timeOrigin + performance.now();

function parentOf(sent: TraceContext | null): Context {
  const parent = parseTraceParent(sent?.traceparent ?? '');
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  const state = sent?.tracestate;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, traceFlags: flags, isRemote: true },
    ...(state && { traceState: createTraceState(state) }),
  });
}
