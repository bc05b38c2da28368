import test from 'ava';
import { asEnvironmentId } from '#src/rendezvous/environment-id.js';
import { digestOf, formatGrant, mintToken, parseGrants, roleOf } from '#src/rendezvous/tokens.js';

const env = (name: string) => asEnvironmentId(name)!;
const line = (environment: string, role: 'executor' | 'harness', token: string) =>
  formatGrant({ environment: env(environment), role, digest: digestOf(token) });

test('a token gives its role in its environment, and nothing in another one', (t) => {
  const text = `# mine\n\n${line('a', 'executor', 'ea')}${line('a', 'harness', 'ha')}  ${line('b', 'harness', 'hb')}`;
  const parsed = parseGrants(text);
  if (!('grants' in parsed)) return t.fail();
  const role = (environment: string, header: string | undefined) => roleOf(parsed.grants, env(environment), header);
  t.deepEqual(
    [role('a', 'Bearer ea'), role('a', 'bearer ha'), role('b', 'Bearer hb')],
    ['executor', 'harness', 'harness'],
  );
  for (const header of [
    undefined,
    '',
    'ea',
    'Basic ea',
    'Bearer',
    'Bearer ',
    'Bearer ea x',
    'Bearer hb',
    'Bearer EA',
  ]) {
    t.is(role('a', header), undefined, header);
  }
  t.is(role('c', 'Bearer ea'), undefined);
  t.is(role('a', `Bearer ${digestOf('ea').toString('hex')}`), undefined, 'the hash is no token');
});

test('several tokens of one role are good at once, so that one can follow another', (t) => {
  const parsed = parseGrants(line('a', 'harness', 'old') + line('a', 'harness', 'new'));
  if (!('grants' in parsed)) return t.fail();
  for (const token of ['old', 'new']) t.is(roleOf(parsed.grants, env('a'), `Bearer ${token}`), 'harness');
});

test('a line that makes no sense is named', (t) => {
  const good = line('a', 'harness', 'x').trim();
  for (const bad of [
    'a harness',
    `a owner ${'0'.repeat(64)}`,
    `a/b ${good}`,
    `${good} more`,
    good.slice(0, -1),
    '..',
  ]) {
    t.deepEqual(parseGrants(`${good}\n${bad}\n`), { faultyLine: 2 }, bad);
  }
});

test('tokens are 256 random bits that may stand in a header', (t) => {
  t.regex(
    mintToken((bytes) => Buffer.alloc(bytes, 0xff)),
    /^[A-Za-z0-9_-]{43}$/,
  );
});

test('names of environments are one segment of a path', (t) => {
  for (const name of ['a', 'env-1', 'A.b_c', '...', 'x'.repeat(128)]) t.is(asEnvironmentId(name), env(name));
  for (const name of ['', '.', '..', 'a/b', 'a b', 'a%2f', 'ü', 'a\n', 'x'.repeat(129)]) {
    t.is(asEnvironmentId(name), undefined, name);
  }
});
