/** Without a provider nothing happens; with one that was registered, each request and each process has a span. */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import test from 'ava';
import { spanObserver } from '#src/observation/spans.js';
import { MemoryTracing } from './support/memory-tracing.js';
import { WatchedExecutor } from './support/watched-executor.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const SENT = { trace: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'vendor=value' } };
const COMMAND = { argv: ['/bin/sh', '-c', 'exit 3'], cwd: 'file:///', env: {}, tty: false };

// The provider of a program is one for all its tests, as in any other program.
test.serial('without a provider spans go nowhere, and nobody is in their way', async (t) => {
  await using watched = new WatchedExecutor(spanObserver());
  const link = await watched.connect();
  t.like(await link.ask('process/start', { processId: 'p', ...COMMAND }, SENT), { result: { processId: 'p' } });
});

test.serial('requests and processes have spans below that of the client', async (t) => {
  const observer = spanObserver();
  const tracing = new MemoryTracing();
  trace.setGlobalTracerProvider(tracing);
  t.teardown(() => trace.disable());
  await using watched = new WatchedExecutor(observer);
  const link = await watched.connect();
  await link.ask('process/start', { processId: 'p', ...COMMAND }, SENT);
  await watched.until(() => watched.told('processEnded').length > 0);

  const [request] = tracing.named('process/start');
  t.is(request!.kind, 'SERVER');
  t.like(request!.parent, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, isRemote: true });
  t.is(request!.parent?.traceState?.get('vendor'), 'value');
  t.like(request!.attributes, {
    ...{ 'rpc.system': 'jsonrpc', 'rpc.method': 'process/start', 'farhand.session': link.sessionId },
  });
  t.is(request!.status.code, SpanStatusCode.UNSET);

  const [process] = tracing.named('process');
  t.is(process!.kind, 'INTERNAL');
  t.like(process!.parent, { traceId: TRACE_ID, spanId: SPAN_ID });
  t.like(process!.attributes, { 'process.exit.code': 3, 'farhand.cause': 'exited', 'farhand.sandboxed': false });
  t.true(request!.duration >= 0 && process!.duration >= 0);
  t.true(Math.abs(Number(request!.endTime) - Date.now()) < 60_000);

  const [initialize] = tracing.named('initialize');
  t.is(initialize!.parent, undefined);
});

test.serial('a request that fails says so, and a context that is none begins a trace', async (t) => {
  const tracing = new MemoryTracing();
  trace.setGlobalTracerProvider(tracing);
  t.teardown(() => trace.disable());
  await using watched = new WatchedExecutor(spanObserver());
  const link = await watched.connect();
  const trace_ = { traceparent: 'words of the peer', tracestate: 'other words' };
  await link.ask('process/read', { processId: 'none' }, { trace: trace_ });
  const [span] = tracing.named('process/read');
  t.is(span!.status.code, SpanStatusCode.ERROR);
  t.is(span!.attributes['rpc.jsonrpc.error_code'], -32600);
  t.is(span!.parent, undefined);
});

test.serial('spans of processes end, also of those that the end of the executor kills', async (t) => {
  const tracing = new MemoryTracing();
  trace.setGlobalTracerProvider(tracing);
  t.teardown(() => trace.disable());
  await using watched = new WatchedExecutor(spanObserver());
  const link = await watched.connect();
  await link.start('p', ['/bin/sleep', '1000']);
  t.is(tracing.named('process')[0]!.endTime, undefined);
  await watched.executor.close();
  t.is(tracing.named('process')[0]!.attributes['farhand.cause'], 'shutdown');
  t.not(tracing.named('process')[0]!.endTime, undefined);
});
