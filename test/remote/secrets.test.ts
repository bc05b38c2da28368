/** That what looks for secrets in the logs of these tests would find them. */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { Secrets } from './support/secrets.js';

const KEY = randomBytes(32);
const TEXT = 'a text that nobody is to be told of';

const spotted = (...said: unknown[]): string[] => {
  const secrets = new Secrets();
  secrets.keep('key', KEY);
  secrets.keep('text', TEXT);
  return secrets.spottedIn(...said);
};

test('bytes are spotted in every spelling', (t) => {
  const said = [
    KEY.toString('hex'),
    `prefix ${KEY.toString('base64')}`,
    KEY.toString('base64url'),
    KEY,
    Uint8Array.from(KEY),
    { event: 'registered', key: KEY },
    [...KEY],
    new Error('no', { cause: { key: KEY } }),
  ];
  for (const one of said) t.deepEqual(spotted(one), ['key'], String(one));
});

test('a part is as good as all of it', (t) => {
  t.deepEqual(spotted(KEY.toString('hex').slice(0, 20), `...${TEXT.slice(-24)}`), ['key', 'text']);
});

test('texts are spotted in errors, causes and their stacks', (t) => {
  t.deepEqual(spotted(new Error(`${TEXT}: no`)), ['text']);
  t.deepEqual(spotted(new Error('no', { cause: new AggregateError([new Error(TEXT)]) })), ['text']);
});

test('other text is not', (t) => {
  t.deepEqual(spotted('a text that everybody may read', randomBytes(64).toString('hex'), { key: randomBytes(32) }), []);
});

test('what could stand anywhere by chance is no secret to look for', (t) => {
  t.throws(() => new Secrets().keep('short', 'abc'), { instanceOf: RangeError });
});
