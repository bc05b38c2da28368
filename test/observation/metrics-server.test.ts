import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { type MetricsServerOptions, serveMetrics } from '#src/observation/metrics-server.js';

async function serving(more: Partial<MetricsServerOptions> = {}) {
  const server = await serveMetrics({
    ...{ host: '127.0.0.1', port: 0, isHealthy: () => true },
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'some_metric 1\n' },
    ...more,
  });
  const ask = async (path: string, options: { readonly method?: string; readonly headers?: object } = {}) => {
    const asking = request(`${server.address}${path}`, { ...options, headers: { ...options.headers } });
    asking.end();
    const [response] = await once(asking, 'response');
    return { status: response.statusCode, type: response.headers['content-type'], text: await text(response) };
  };
  return { server, ask, [Symbol.asyncDispose]: server.close };
}

test('GET /metrics tells the metrics, GET /healthz that all is well', async (t) => {
  await using world = await serving();
  t.regex(world.server.address, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  const metrics = { status: 200, type: 'text/plain; version=0.0.4' };
  t.deepEqual(await world.ask('/metrics'), { ...metrics, text: 'some_metric 1\n' });
  t.deepEqual(await world.ask('/metrics?name=x'), { ...metrics, text: 'some_metric 1\n' });
  t.deepEqual(await world.ask('/metrics', { method: 'HEAD' }), { ...metrics, text: '' });
  t.like(await world.ask('/healthz'), { status: 200, text: 'ok\n' });
});

test('GET /healthz is 503 when no new work should come', async (t) => {
  await using world = await serving({ isHealthy: () => false });
  t.is((await world.ask('/healthz')).status, 503);
  t.is((await world.ask('/metrics')).status, 200);
});

test('everything else is refused, also what a web page asks for', async (t) => {
  await using world = await serving();
  t.is((await world.ask('/')).status, 404);
  t.is((await world.ask('/metrics/x')).status, 404);
  t.is((await world.ask('/metrics', { method: 'POST' })).status, 405);
  t.is((await world.ask('/healthz', { method: 'DELETE' })).status, 405);
  t.is((await world.ask('/metrics', { headers: { origin: 'https://example.org' } })).status, 403);
});

test('metrics that cannot be told are an error of that request', async (t) => {
  await using world = await serving({
    metrics: { contentType: 'text/plain', text: () => Promise.reject(new Error('words')) },
  });
  t.deepEqual(await world.ask('/metrics'), { status: 500, type: undefined, text: '' });
  t.is((await world.ask('/healthz')).status, 200);
});

test('closed, it drops whoever is connected', async (t) => {
  const { server } = await serving();
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /metrics HTTP/1.1\r\n');
  // By a reset or not.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.resume();
  await server.close();
  await closed;
  t.pass();
});

test('an address that cannot be had is an error', async (t) => {
  await using world = await serving();
  const port = Number(new URL(world.server.address).port);
  await t.throwsAsync(serving({ port }), { code: 'EADDRINUSE' });
});
