import { readFileSync } from 'node:fs';
import test from 'ava';
import { Metrics } from '#src/observation/metrics.js';
import { WatchedExecutor } from './support/watched-executor.js';

const NOTHING = { state: () => undefined, lostLines: () => ({ log: 0, audit: 0 }) };

/** The value of a sample, labels as Prometheus writes them. */
async function sampleOf(metrics: Metrics, sample: string): Promise<number | undefined> {
  const text = await metrics.text();
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

test('what an executor does is counted', async (t) => {
  let watched: WatchedExecutor | undefined;
  const metrics = new Metrics({ ...NOTHING, state: () => watched?.executor.state });
  watched = new WatchedExecutor(metrics);
  await using _ = watched;
  const of = (sample: string) => sampleOf(metrics, sample);
  const link = await watched.connect();
  await link.start('p', ['/bin/sh', '-c', 'echo some output; exec sleep 1000']);
  const { result } = await link.ask('process/read', { processId: 'p', waitMs: 60_000 });
  t.is(Buffer.from(result.chunks[0].chunk, 'base64').toString(), 'some output\n');
  await link.ask('process/start', { processId: 'p' });

  t.is(await of('farhand_connections'), 1);
  t.is(await of('farhand_sessions{state="attached"}'), 1);
  t.is(await of('farhand_processes{state="running"}'), 1);
  t.true((await of('farhand_ring_bytes'))! >= 'some output\n'.length);
  t.true((await of('farhand_workers{state="ready"}'))! > 0);
  t.is(await of('farhand_requests{state="waiting"}'), 0);
  t.is(await of('farhand_outbound_queue_bytes'), 0);
  t.is(await of('farhand_requests_total{method="process/start",outcome="ok"}'), 1);
  t.is(await of('farhand_requests_total{method="process/start",outcome="-32602"}'), 1);
  t.is(await of('farhand_request_seconds_count{method="process/start"}'), 2);
  t.is(await of('farhand_process_start_seconds_count'), 1);
  t.is(await of('farhand_processes_started_total{sandbox="none"}'), 1);

  await link.ask('process/terminate', { processId: 'p' });
  await watched.until(() => watched!.told('processEnded').length > 0);
  t.is(await of('farhand_processes_ended_total{cause="terminated"}'), 1);
  t.is(await of('farhand_processes{state="running"}'), 0);
  t.is(await of('farhand_processes{state="ended"}'), 1);

  link.connection.end('gone');
  t.is(await of('farhand_connections'), 0);
  t.is(await of('farhand_sessions{state="attached"}'), 0);
  t.is(await of('farhand_sessions{state="detached"}'), 1);
  await watched.connect(link.sessionId);
  t.is(await of('farhand_connections_total'), 2);
  t.is(await of('farhand_sessions_started_total'), 1);
  t.is(await of('farhand_sessions_resumed_total'), 1);
});

test('requests that are under way, and their bytes', async (t) => {
  let watched: WatchedExecutor | undefined;
  const metrics = new Metrics({ ...NOTHING, state: () => watched?.executor.state });
  watched = new WatchedExecutor(metrics);
  await using _ = watched;
  const link = await watched.connect();
  await link.start('p', ['/bin/sleep', '1000']);
  const reading = link.ask('process/read', { processId: 'p', waitMs: 60_000 });
  t.is(await sampleOf(metrics, 'farhand_requests{state="running"}'), 1);
  t.true((await sampleOf(metrics, 'farhand_request_queue_bytes'))! > 0);
  await link.ask('process/terminate', { processId: 'p' });
  await reading;
  await watched.until(() => watched!.executor.state.connections[0]!.running === 0);
  t.is(await sampleOf(metrics, 'farhand_request_queue_bytes'), 0);
});

test('what happens rarely is counted, too', async (t) => {
  const metrics = new Metrics(NOTHING);
  const of = (sample: string) => sampleOf(metrics, sample);
  metrics.tell({ event: 'sessionEnded', session: 's', cause: { type: 'shutdown' }, ms: 1 });
  metrics.tell({ event: 'limitReached', limit: 'max-sessions' });
  metrics.tell({ event: 'workerLost', worker: 1, error: new Error() });
  metrics.tell({ event: 'fault', error: new Error(), fatal: false });
  metrics.tell({ event: 'warning', message: 'w' });
  metrics.tell({ event: 'tokensReloaded' });
  metrics.tell({ event: 'tokensReloaded', error: 'e' });
  t.is(await of('farhand_draining'), 0);
  metrics.tell({ event: 'draining', processes: 0, seconds: 1 });
  for (const sample of [
    'farhand_sessions_ended_total{cause="shutdown"}',
    'farhand_limits_reached_total{limit="max-sessions"}',
    'farhand_workers_lost_total',
    'farhand_faults_total',
    'farhand_warnings_total',
    'farhand_token_reloads_total{outcome="ok"}',
    'farhand_token_reloads_total{outcome="error"}',
    'farhand_draining',
  ]) {
    t.is(await of(sample), 1, sample);
  }
});

test('the way to a rendezvous: registrations, links and handshakes', async (t) => {
  const metrics = new Metrics(NOTHING);
  const of = (sample: string) => sampleOf(metrics, sample);
  const link = { requestId: 'r', connectionAttempt: 1 };
  metrics.remote({ event: 'registrationRetry', attempt: 0, delayMs: 1, status: 503 });
  metrics.remote({ event: 'registered' });
  metrics.remote({ event: 'connectFailed', ...link, errorKind: 'io' });
  metrics.remote({ event: 'connected', ...link });
  t.is(await of('farhand_relay_connected'), 1);
  metrics.remote({ event: 'handshakeCompleted', streamId: 's' });
  metrics.remote({
    ...{ event: 'handshakeDiagnostic', outcome: 'rejected', reason: 'cooldown' },
    ...{ environmentId: 'e', registrationId: 'r', streamId: 's' },
  });
  metrics.remote({ event: 'frameDropped', why: 'w' });
  metrics.remote({ event: 'streamFailed', streamId: 's', why: 'w' });
  metrics.remote({ event: 'disconnected', ...link, reason: 'read_error' });
  t.is(await of('farhand_relay_connected'), 0);
  for (const sample of [
    'farhand_registrations_total{outcome="error"}',
    'farhand_registrations_total{outcome="ok"}',
    'farhand_relay_connects_total{outcome="error"}',
    'farhand_relay_connects_total{outcome="ok"}',
    'farhand_relay_disconnects_total{reason="read_error"}',
    'farhand_handshakes_total{outcome="ok",reason=""}',
    'farhand_handshakes_total{outcome="rejected",reason="cooldown"}',
    'farhand_relay_frames_dropped_total',
    'farhand_relay_streams_failed_total',
  ]) {
    t.is(await of(sample), 1, sample);
  }
});

test('what nobody tells of is asked for: lost lines, memory and the delay of the event loop', async (t) => {
  const metrics = new Metrics({ ...NOTHING, lostLines: () => ({ log: 3, audit: 4 }) });
  t.is(await sampleOf(metrics, 'farhand_lost_lines{file="log"}'), 3);
  t.is(await sampleOf(metrics, 'farhand_lost_lines{file="audit"}'), 4);
  t.true((await sampleOf(metrics, 'process_resident_memory_bytes'))! > 0);
  t.true((await sampleOf(metrics, 'nodejs_eventloop_lag_p99_seconds')) !== undefined);
});

test('two of them in one program know nothing of each other', async (t) => {
  const [one, other] = [new Metrics(NOTHING), new Metrics(NOTHING)];
  one.tell({ event: 'warning', message: 'w' });
  t.is(await sampleOf(other, 'farhand_warnings_total'), 0);
});

test('the README names metrics that there are', async (t) => {
  const names = new Set(readFileSync('README.md', 'utf8').match(/\bfarhand_\w+/g));
  t.true(names.size > 10);
  const text = await new Metrics(NOTHING).text();
  for (const name of names) t.true(text.includes(`# TYPE ${name} `), name);
});
