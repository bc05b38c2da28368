import { createHash } from 'node:crypto';
import test from 'ava';
import { type BearerAuth, refuseBearer } from '#src/transport/bearer-auth.js';
import { signJwt } from './signed-jwt.js';

const NOW = 1_800_000_000;
const SECRET = '0123456789012345678901234567890123456789';

const capability: BearerAuth = {
  mode: 'capability-token',
  sha256: createHash('sha256').update('open sesame').digest(),
};

const headers: [string | undefined, string | undefined][] = [
  ['Bearer open sesame', undefined],
  ['bEaReR   open sesame  ', undefined],
  ['Bearer wrong', 'invalid websocket bearer token'],
  ['Bearer open sesame!', 'invalid websocket bearer token'],
  [undefined, 'missing websocket bearer token'],
  ['', 'invalid authorization header'],
  ['Bearer', 'invalid authorization header'],
  ['Bearer ', 'invalid authorization header'],
  ['Bearer \t ', 'invalid authorization header'],
  ['Bearer\topen sesame', 'invalid authorization header'],
  ['Basic open sesame', 'invalid authorization header'],
  ['open sesame', 'invalid authorization header'],
  ['Bearer \u00e9', 'invalid authorization header'],
  ['Bearer open\u0000sesame', 'invalid authorization header'],
];
for (const [header, refusal] of headers) {
  test(`the authorization ${JSON.stringify(header)} is ${refusal ?? 'good'}`, (t) => {
    t.is(refuseBearer(capability, header, NOW), refusal);
  });
}

const rules = { issuer: 'me', audience: 'you', maxClockSkewSeconds: 30 };
const strict: BearerAuth = { mode: 'signed-bearer-token', secret: Buffer.from(SECRET), rules };
const good = { exp: NOW + 100, iss: 'me', aud: 'you' };
const INVALID = 'invalid websocket jwt';
const EXPIRED = 'expired websocket jwt';
const EARLY = 'websocket jwt is not valid yet';
const ISSUER = 'websocket jwt issuer mismatch';
const AUDIENCE = 'websocket jwt audience mismatch';
const rawExp = (exp: string) => `{"exp":${exp},"iss":"me","aud":"you"}`;

/** Token and refusal. Recorded from release 0.169.0, except where a comment says so. */
const tokens: [string, string, string | undefined][] = [
  ['with all claims', signJwt(SECRET, good), undefined],
  ['with an audience in a list', signJwt(SECRET, { ...good, aud: ['x', 'you'] }), undefined],
  ['with a null nbf', signJwt(SECRET, { ...good, nbf: null }), undefined],
  ['without issuer', signJwt(SECRET, { exp: good.exp, aud: 'you' }), ISSUER],
  ['with a null issuer', signJwt(SECRET, { ...good, iss: null }), ISSUER],
  ['without audience', signJwt(SECRET, { exp: good.exp, iss: 'me' }), AUDIENCE],
  ['with an empty list of audiences', signJwt(SECRET, { ...good, aud: [] }), AUDIENCE],
  ['with a numeric audience', signJwt(SECRET, { ...good, aud: 3 }), INVALID],
  ['with a numeric issuer', signJwt(SECRET, { ...good, iss: 3 }), INVALID],
  ['with a fractional exp', signJwt(SECRET, { ...good, exp: NOW + 100.5 }), INVALID],
  ['with the largest exp', signJwt(SECRET, rawExp('9223372036854775807')), undefined],
  ['with a huge exp', signJwt(SECRET, rawExp('1e300')), INVALID],
  ['with exp as text', signJwt(SECRET, { ...good, exp: String(good.exp) }), INVALID],
  ['without exp', signJwt(SECRET, { iss: 'me', aud: 'you' }), INVALID],
  ['expired by exactly the skew', signJwt(SECRET, { ...good, exp: NOW - 30 }), undefined],
  ['expired by a second more', signJwt(SECRET, { ...good, exp: NOW - 31 }), EXPIRED],
  ['early by exactly the skew', signJwt(SECRET, { ...good, nbf: NOW + 30 }), undefined],
  ['early by a second more', signJwt(SECRET, { ...good, nbf: NOW + 31 }), EARLY],
  ['expired and early', signJwt(SECRET, { ...good, exp: NOW - 100, nbf: NOW + 100 }), EXPIRED],
  ['early and of another issuer', signJwt(SECRET, { ...good, nbf: NOW + 100, iss: 'x' }), EARLY],
  ['of another issuer and audience', signJwt(SECRET, { ...good, iss: 'x', aud: 'x' }), ISSUER],
  ['with another typ', signJwt(SECRET, good, { alg: 'HS256', typ: 'x' }), undefined],
  ['with a numeric typ', signJwt(SECRET, good, { alg: 'HS256', typ: 3 }), INVALID],
  ['with a numeric kid', signJwt(SECRET, good, { alg: 'HS256', kid: 3 }), INVALID],
  // Stricter than 0.169.0, as RFC 7515 demands.
  ['with critical extensions', signJwt(SECRET, good, { alg: 'HS256', crit: ['x'] }), INVALID],
  ['that says HS512', signJwt(SECRET, good, { alg: 'HS512' }), INVALID],
  ['that says none', signJwt(SECRET, good, { alg: 'none' }), INVALID],
  ['that says hs256', signJwt(SECRET, good, { alg: 'hs256' }), INVALID],
  ['whose header is no object', signJwt(SECRET, good, '"HS256"'), INVALID],
  ['whose header is no JSON', signJwt(SECRET, good, '{'), INVALID],
  ['whose claims are a list', signJwt(SECRET, [good.exp, null, 'me', 'you']), INVALID],
  ['whose claims are no JSON', signJwt(SECRET, 'exp'), INVALID],
  ['whose claims are not UTF-8', signJwt(SECRET, Buffer.from([0x22, 0xff, 0x22])), INVALID],
  ['signed with another key', signJwt('x'.repeat(40), good), INVALID],
  ['with a cut signature', signJwt(SECRET, good).slice(0, -4), INVALID],
  ['without signature', signJwt(SECRET, good).replace(/[^.]*$/, ''), INVALID],
  ['with padding', `${signJwt(SECRET, good)}=`, INVALID],
  ['of four parts', `${signJwt(SECRET, good)}.x`, INVALID],
  ['of two parts', signJwt(SECRET, good).replace(/\.[^.]*$/, ''), INVALID],
];
for (const [what, token, refusal] of tokens) {
  test(`a token ${what} is ${refusal ?? 'good'}`, (t) => {
    t.is(refuseBearer(strict, `Bearer ${token}`, NOW), refusal);
  });
}

test('a signature with spare bits set is refused: each token has one spelling', (t) => {
  const token = signJwt(SECRET, good);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1];
  t.deepEqual(Buffer.from(twin.split('.')[2]!, 'base64url'), Buffer.from(token.split('.')[2]!, 'base64url'));
  t.is(refuseBearer(strict, `Bearer ${twin}`, NOW), INVALID);
});

test('without configured issuer and audience any will do, but the times still count', (t) => {
  const lax: BearerAuth = { ...strict, rules: { issuer: undefined, audience: undefined, maxClockSkewSeconds: 0 } };
  t.is(refuseBearer(lax, `Bearer ${signJwt(SECRET, { exp: NOW, iss: 'x', aud: ['y'] })}`, NOW), undefined);
  t.is(refuseBearer(lax, `Bearer ${signJwt(SECRET, { exp: NOW })}`, NOW), undefined);
  t.is(refuseBearer(lax, `Bearer ${signJwt(SECRET, { exp: NOW - 1 })}`, NOW), EXPIRED);
});

test('a hostile header of a megabyte is decided in linear time', (t) => {
  t.is(refuseBearer(capability, `Bearer x${' '.repeat(1e6)}x`, NOW), 'invalid websocket bearer token');
});
