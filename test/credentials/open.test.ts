/** From flags and environment to headers, with real files and a real token endpoint. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import test from 'ava';
import { openCredentials } from '#src/credentials/open.js';
import type { CredentialFlags } from '#src/credentials/select.js';
import { asksWhole } from '#src/http/ask-whole.js';
import { Trust } from '#src/http/trust.js';
import { Upstreams } from '#src/http/upstreams.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { jwt, NEVER } from './support/world.js';

const seconds = () => Math.floor(Date.now() / 1_000);

/** `token`: what the token endpoint gives out. */
async function world(token = '') {
  const folder = new TemporaryFolder();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.end(JSON.stringify({ access_token: token, refresh_token: 'rt2' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const upstreams = new Upstreams({}, new Trust({}), { keeps: false });
  const open = (flags: CredentialFlags, environment: Readonly<Record<string, string>> = {}, input = '') =>
    openCredentials(
      {
        flags,
        environment: { CODEX_HOME: folder.path, CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${url}/token`, ...environment },
        registryUrl: url,
        environmentId: 'env-1',
        stdin: new PassThrough().end(input),
        ask: asksWhole(upstreams, 10_000),
      },
      NEVER,
    );
  return {
    folder,
    asked,
    url,
    open,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      upstreams.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const bearerOf = async ({ source }: Awaited<ReturnType<typeof openCredentials>>) =>
  (await source.headers('register', NEVER))[0]?.[1];

test('an expiring sign-in is renewed and written', async (t) => {
  const fresh = jwt({ exp: seconds() + 3_600 });
  await using place = await world(fresh);
  const tokens = { id_token: jwt({}), access_token: jwt({ exp: seconds() + 60 }), refresh_token: 'rt' };
  place.folder.write('auth.json', JSON.stringify({ tokens, last_refresh: '2020-01-01T00:00:00Z' }));
  t.is(await bearerOf(await place.open({})), `Bearer ${fresh}`);
  t.deepEqual(place.asked, ['/token']);
  const { tokens: written, last_refresh } = JSON.parse(place.folder.read('auth.json'));
  t.deepEqual(written, { ...tokens, access_token: fresh, refresh_token: 'rt2' });
  t.true(Math.abs(Date.parse(last_refresh) - Date.now()) < 60_000);
});

test('each kind of credentials is opened', async (t) => {
  await using place = await world();
  place.folder.write('token', 'tok-file');
  place.folder.write('auth.json', '{"OPENAI_API_KEY":"sk-stored"}');
  const frame = { version: 1, environment_id: 'env-1', token: 'tok-frame', expires_at: seconds() + 60 };
  const executor = await place.open({ executorCredentialStdin: true }, {}, `${JSON.stringify(frame)}\n`);
  t.is(await bearerOf(executor), 'Bearer tok-frame');
  await executor.ended;
  t.is(await bearerOf(await place.open({ registrationBearerStdin: true }, {}, 'tok-line\n')), 'Bearer tok-line');
  t.is(await bearerOf(await place.open({}, { CODEX_API_KEY: 'sk-set' })), 'Bearer sk-set');
  t.is(await bearerOf(await place.open({})), 'Bearer sk-stored');
  const file = { registryTokenFile: place.folder.file('token'), registryTokenHost: new URL(place.url).host };
  t.is(await bearerOf(await place.open(file)), 'Bearer tok-file');
  await t.throwsAsync(place.open({ chatgptTokenStdin: true }), { code: 'notForThisHost' });
  await t.throwsAsync(place.open({ useAgentIdentityAuth: true }), { code: 'missing' });
});

test('neither errors nor sources show a secret when they are printed', async (t) => {
  await using place = await world('SECRET access');
  const SECRET = 'SECRET';
  const told: unknown[] = [];
  const attempt = async (flags: CredentialFlags, environment = {}, input = '') => {
    const opened = await place.open(flags, environment, input).catch((error: unknown) => error);
    told.push(opened);
    if (opened instanceof Error) return;
    const { source } = opened as Awaited<ReturnType<typeof openCredentials>>;
    told.push(
      await source.headers('register', NEVER).then(
        () => '',
        (error: unknown) => error,
      ),
    );
  };
  await attempt({ registrationBearerStdin: true }, {}, `${SECRET} \n`);
  await attempt({ registrationBearerStdin: true }, {}, `${SECRET}\n`);
  await attempt({ executorCredentialStdin: true }, {}, `{"version":1,"environment_id":"env-1","token":"${SECRET}"}\n`);
  const frame = { version: 1, environment_id: 'env-1', token: SECRET, expires_at: seconds() + 60 };
  await attempt({ executorCredentialStdin: true }, {}, `${JSON.stringify(frame)}\n`);
  await attempt({}, { CODEX_API_KEY: `${SECRET}\u00e9` });
  await attempt({}, { CODEX_API_KEY: SECRET });
  await attempt({ useAgentIdentityAuth: true }, { CODEX_ACCESS_TOKEN: SECRET });
  place.folder.write('token', `${SECRET} ${SECRET}`);
  const host = new URL(place.url).host;
  await attempt({ registryTokenFile: place.folder.file('token'), registryTokenHost: host });
  place.folder.write('auth.json', `{"tokens":{"id_token":"${SECRET}"}}`);
  await attempt({});
  const tokens = { id_token: jwt({}), access_token: `${SECRET} a`, refresh_token: SECRET, account_id: 'a' };
  place.folder.write('auth.json', JSON.stringify({ tokens, last_refresh: '2020-01-01T00:00:00Z' }));
  await attempt({});
  t.is(told.filter((one) => one instanceof Error).length, 7);
  for (const one of told) t.false(inspect(one, { depth: 9, showHidden: true }).includes(SECRET));
});
