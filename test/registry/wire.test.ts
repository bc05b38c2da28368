/** With real connections. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { asksWhole } from '#src/http/ask-whole.js';
import { Trust } from '#src/http/trust.js';
import { Upstreams } from '#src/http/upstreams.js';
import { registryPlace } from '#src/registry/base-url.js';
import type { RegistryError } from '#src/registry/errors.js';
import { KEY, NEVER, RECORD, REGISTRATION, registry, TOKEN } from './support/world.js';

/** `connections`: how many were made. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  let connections = 0;
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const upstreams = new Upstreams({}, new Trust({}), { keeps: false });
  const place = registryPlace(`http://127.0.0.1:${port}/api`, 'env-1');
  return {
    registry: registry(asksWhole(upstreams, 1_000), { place }),
    ask: asksWhole(upstreams, 1_000),
    url: new URL(`http://127.0.0.1:${port}/`),
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      upstreams.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('the head of a call is that of the reference', async (t) => {
  let seen: IncomingMessage | undefined;
  let body = '';
  await using server = await serve(async (request, response) => {
    seen = request;
    body = await text(request);
    response.end(JSON.stringify(REGISTRATION));
  });
  await server.registry.register(KEY, NEVER);
  t.is(seen?.method, 'POST');
  t.is(seen?.url, '/api/cloud/environment/env-1/register');
  t.is(body, JSON.stringify({ security_profile: 'noise_hybrid_ik_v1', executor_public_key: RECORD }));
  t.deepEqual(seen?.rawHeaders, [
    ...['content-type', 'application/json', 'authorization', `Bearer ${TOKEN}`, 'accept', '*/*'],
    ...['host', server.url.host, 'content-length', String(Buffer.byteLength(body))],
  ]);
});

test('nobody else carries what goes to this machine, also where a proxy is set', async (t) => {
  await using server = await serve((_request, response) => response.end('here'));
  await using proxy = await serve((_request, response) => response.end('at the proxy'));
  const environment = { http_proxy: proxy.url.href };
  const answerBy = async (loopbackIsDirect: boolean) => {
    const upstreams = new Upstreams(environment, new Trust({}), { keeps: false, loopbackIsDirect });
    const { body } = await asksWhole(upstreams, 1_000)({ method: 'GET', url: server.url, headers: [] }, NEVER);
    upstreams.close();
    return body.toString();
  };
  t.deepEqual([await answerBy(true), await answerBy(false)], ['here', 'at the proxy']);
});

test('a redirect is not followed', async (t) => {
  let requests = 0;
  await using server = await serve((_request, response) => {
    requests++;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const error = await t.throwsAsync<RegistryError>(server.registry.register(KEY, NEVER));
  t.is(error?.refusal?.status, 307);
  t.is(requests, 1);
});

test('each call has a connection of its own, so that none is lost with one that ends', async (t) => {
  await using server = await serve((_request, response) => response.end(JSON.stringify(REGISTRATION)));
  await server.registry.register(KEY, NEVER);
  await server.registry.register(KEY, NEVER);
  t.is(server.connections, 2);
});

test('a body is read up to the limit', async (t) => {
  await using server = await serve((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))));
  const ask = (length: number) =>
    server.ask({ method: 'GET', url: new URL(String(length), server.url), headers: [] }, NEVER);
  for (const [length, isCut] of [
    [0, false],
    [1_000, false],
    [1_001, true],
    [1_000_000, true],
  ] as const) {
    t.like(await ask(length), { isCut, status: 200 });
    t.is((await ask(length)).body.length, Math.min(length, 1_000));
  }
});

test('an answer that is cut off is none', async (t) => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    response.destroy();
  });
  const error = await t.throwsAsync<RegistryError>(server.registry.register(KEY, NEVER));
  t.is(error?.code, 'unreachable');
});

test('a body that does not end is not waited for', async (t) => {
  const limit = new AbortController();
  await using server = await serve((_request, response) => {
    response.writeHead(200).write('{', () => limit.abort());
  });
  const place = registryPlace(server.url.href, 'env-1');
  const slow = registry(server.ask, { place, deadline: () => limit.signal });
  const error = await t.throwsAsync<RegistryError>(slow.register(KEY, NEVER));
  t.is(error?.code, 'timedOut');
});
