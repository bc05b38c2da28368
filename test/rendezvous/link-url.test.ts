import test from 'ava';
import { asEnvironmentId } from '#src/rendezvous/environment-id.js';
import type { KeyDigest } from '#src/rendezvous/key-digest.js';
import { formatLinkPath, type LinkPass, readLinkQuery } from '#src/rendezvous/link-url.js';
import type { RegistrationId } from '#src/rendezvous/storage.js';

const ENVIRONMENT = asEnvironmentId('env-1')!;
const SECRET = Buffer.alloc(32, 7);
const PASS: LinkPass = {
  environment: ENVIRONMENT,
  role: 'harness',
  registration: 'reg' as RegistrationId,
  key: 'ab' as KeyDigest,
  expiresAt: 5_000,
};

const queryOf = (pass: LinkPass) => new URLSearchParams(formatLinkPath(pass, SECRET).split('?')[1]);
const read = (query: URLSearchParams, now = 0) => readLinkQuery(ENVIRONMENT, query, SECRET, now);

test('an address says who connects, until it expires', (t) => {
  for (const pass of [PASS, { ...PASS, role: 'executor' } as const]) {
    t.deepEqual(read(queryOf(pass), 4_999), pass);
    t.is(read(queryOf(pass), 5_000), 'invalid_expiry');
  }
  t.true(formatLinkPath({ ...PASS, role: 'executor' }, SECRET).includes('role=environment&'));
});

test('whatever is changed, the signature is wrong', (t) => {
  for (const [name, value] of [
    ['role', 'environment'],
    ['registration', 'gre'],
    ['key', 'cd'],
    ['expiry', '6'],
    ['signature', 'AAAA'],
  ] as const) {
    const query = queryOf(PASS);
    query.set(name, value);
    t.is(read(query), 'invalid_signature', name);
  }
  t.is(readLinkQuery(asEnvironmentId('env-2')!, queryOf(PASS), SECRET, 0), 'invalid_signature');
  t.is(readLinkQuery(ENVIRONMENT, queryOf(PASS), Buffer.alloc(32), 0), 'invalid_signature');
});

test('what is missing or too much is named in the words that executors know', (t) => {
  const changed = (change: (query: URLSearchParams) => void) => {
    const query = queryOf(PASS);
    change(query);
    return read(query);
  };
  const without = (name: string) => changed((query) => query.delete(name));
  t.deepEqual(['version', 'role', 'expiry', 'signature'].map(without), [
    'missing_version',
    'missing_role',
    'missing_expiry',
    'missing_signature',
  ]);
  t.is(
    changed((query) => query.append('x', '1')),
    'extra_query_param',
  );
  t.is(
    changed((query) => query.append('role', 'harness')),
    'malformed_query',
  );
  t.is(
    changed((query) => query.set('version', '2')),
    'malformed_query',
  );
  t.is(
    changed((query) => query.set('role', 'executor')),
    'invalid_role',
  );
  t.is(
    changed((query) => query.set('expiry', '1e9')),
    'invalid_expiry',
  );
});
