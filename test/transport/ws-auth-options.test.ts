import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { StartupError } from '#src/transport/startup-error.js';
import { loadBearerAuth, planWsAuth, type WsAuthFlags } from '#src/transport/ws-auth-options.js';

const NO_FLAGS: WsAuthFlags = {
  wsAuth: undefined,
  wsTokenFile: undefined,
  wsTokenSha256: undefined,
  wsSharedSecretFile: undefined,
  wsIssuer: undefined,
  wsAudience: undefined,
  wsMaxClockSkewSeconds: undefined,
};
const SURROUNDINGS = { cwd: '/somewhere', home: '/home/me' };
const plan = (flags: Partial<WsAuthFlags>) => planWsAuth({ ...NO_FLAGS, ...flags }, SURROUNDINGS);
const DIGEST = createHash('sha256').update('open sesame').digest();

function folder(t: ExecutionContext, files: Record<string, string | Buffer>): string {
  const path = mkdtempSync(join(tmpdir(), 'farhand-auth-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

test('without flags everybody may connect', (t) => {
  t.is(loadBearerAuth(plan({})), undefined);
});

const MODE_MISSING = 'websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`';
const JWT_FLAGS =
  '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`';
const TOKEN_FLAGS =
  '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`';
const conflicts: [Partial<WsAuthFlags>, string][] = [
  [{ wsTokenFile: 'x' }, MODE_MISSING],
  [{ wsTokenSha256: 'x' }, MODE_MISSING],
  [{ wsSharedSecretFile: 'x' }, MODE_MISSING],
  [{ wsIssuer: '' }, MODE_MISSING],
  [{ wsAudience: 'x' }, MODE_MISSING],
  [{ wsMaxClockSkewSeconds: 0n }, MODE_MISSING],
  [
    { wsAuth: 'capability-token' },
    '`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set',
  ],
  [
    { wsAuth: 'capability-token', wsTokenFile: 'x', wsTokenSha256: 'zz' },
    '`--ws-token-file` and `--ws-token-sha256` are mutually exclusive',
  ],
  [{ wsAuth: 'capability-token', wsTokenFile: 'x', wsIssuer: 'x' }, JWT_FLAGS],
  [{ wsAuth: 'capability-token', wsSharedSecretFile: 'x' }, JWT_FLAGS],
  [{ wsAuth: 'capability-token', wsTokenSha256: 'zz' }, '--ws-token-sha256 must be a 64-character hex SHA-256 digest'],
  [
    { wsAuth: 'capability-token', wsTokenSha256: `${DIGEST.toString('hex')}0` },
    '--ws-token-sha256 must be a 64-character hex SHA-256 digest',
  ],
  [{ wsAuth: 'capability-token', wsTokenSha256: '' }, '--ws-token-sha256 must be a 64-character hex SHA-256 digest'],
  [
    { wsAuth: 'signed-bearer-token' },
    '`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set',
  ],
  [{ wsAuth: 'signed-bearer-token', wsSharedSecretFile: 'x', wsTokenFile: 'x' }, TOKEN_FLAGS],
  [{ wsAuth: 'signed-bearer-token', wsTokenSha256: 'x' }, TOKEN_FLAGS],
];
for (const [flags, message] of conflicts) {
  const given = Object.entries(flags).map(([name, value]) => `${name}=${value}`);
  test(`${given.join(' ')} is refused`, (t) => {
    t.throws(() => plan(flags), { instanceOf: StartupError, message });
  });
}

for (const digest of [DIGEST.toString('hex'), ` ${DIGEST.toString('hex').toUpperCase()} `]) {
  test(`the digest ${JSON.stringify(digest)} is taken`, (t) => {
    const auth = loadBearerAuth(plan({ wsAuth: 'capability-token', wsTokenSha256: digest }));
    t.deepEqual(auth, { mode: 'capability-token', sha256: DIGEST });
  });
}

test('a token file is trimmed', (t) => {
  const cwd = folder(t, { token: ' open sesame\r\n' });
  const auth = loadBearerAuth(
    planWsAuth({ ...NO_FLAGS, wsAuth: 'capability-token', wsTokenFile: 'token' }, { cwd, home: '/' }),
  );
  t.deepEqual(auth, { mode: 'capability-token', sha256: DIGEST });
});

const paths = { 'a/../b': '/somewhere/b', '/b': '/b', '~/b': '/home/me/b' };
for (const [given, absolute] of Object.entries(paths)) {
  test(`the path ${given} is taken as ${absolute}`, (t) => {
    const planned = plan({ wsAuth: 'signed-bearer-token', wsSharedSecretFile: given });
    t.like(planned, { secretFile: absolute });
  });
}

test('a shared secret is trimmed; issuer and audience, too, and empty ones are none; the skew is 30 s', (t) => {
  const secret = 's'.repeat(32);
  const cwd = folder(t, { secret: `\n${secret} \n` });
  const flags = { ...NO_FLAGS, wsAuth: 'signed-bearer-token', wsSharedSecretFile: 'secret' } as const;
  const load = (more: Partial<WsAuthFlags>) => loadBearerAuth(planWsAuth({ ...flags, ...more }, { cwd, home: '/' }));
  t.deepEqual(load({ wsIssuer: ' me ', wsAudience: '  ' }), {
    mode: 'signed-bearer-token',
    secret: Buffer.from(secret),
    rules: { issuer: 'me', audience: undefined, maxClockSkewSeconds: 30 },
  });
  t.like(load({ wsMaxClockSkewSeconds: 0n }), { rules: { maxClockSkewSeconds: 0 } });
  t.throws(() => load({ wsMaxClockSkewSeconds: 2n ** 63n }), {
    instanceOf: StartupError,
    message: 'websocket auth clock skew must fit in a signed 64-bit integer',
  });
});

test('secrets that cannot be read, or are too short, are named with their absolute path', (t) => {
  const cwd = folder(t, { empty: ' \n', binary: Buffer.from([0xff, 0xfe]), short: `${'s'.repeat(31)}\n` });
  const load = (wsAuth: 'capability-token' | 'signed-bearer-token', file: string) => {
    const flag = wsAuth === 'capability-token' ? { wsTokenFile: file } : { wsSharedSecretFile: file };
    return () => loadBearerAuth(planWsAuth({ ...NO_FLAGS, wsAuth, ...flag }, { cwd, home: '/' }));
  };
  const failures = {
    missing: `failed to read websocket auth secret ${cwd}/missing: No such file or directory (os error 2)`,
    '.': `failed to read websocket auth secret ${cwd}: Is a directory (os error 21)`,
    binary: `failed to read websocket auth secret ${cwd}/binary: stream did not contain valid UTF-8`,
    empty: `websocket auth secret ${cwd}/empty must not be empty`,
  };
  for (const [file, message] of Object.entries(failures)) {
    t.throws(load('capability-token', file), { instanceOf: StartupError, message });
    t.throws(load('signed-bearer-token', file), { instanceOf: StartupError, message });
  }
  t.throws(load('signed-bearer-token', 'short'), {
    instanceOf: StartupError,
    message: `signed websocket bearer secret ${cwd}/short must be at least 32 bytes`,
  });
  t.notThrows(load('capability-token', 'short'));
});
