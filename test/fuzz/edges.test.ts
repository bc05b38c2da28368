/** Whatever comes where bytes or headers are first looked at: lines of stdio, and bearer tokens. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'ava';
import { type BearerAuth, refuseBearer } from '#src/transport/bearer-auth.js';
import { LineSplitter } from '#src/transport/line-splitter.js';
import { signJwt } from '#test/transport/signed-jwt.js';
import { fuzz } from './support/cases.js';
import { damaged, object, string, text, write } from './support/json-tree.js';
import { damagedBytes } from './support/wire-fields.js';

const LIMIT = 500;
const SECRET = 'a secret of at least thirty-two bytes';
const AUTH: BearerAuth = {
  mode: 'signed-bearer-token',
  secret: Buffer.from(SECRET),
  rules: { issuer: 'us', audience: 'farhand', maxClockSkewSeconds: 30 },
};
const NOW = 1_000_000;
const REFUSALS = [
  'missing websocket bearer token',
  'invalid authorization header',
  'invalid websocket jwt',
  'expired websocket jwt',
  'websocket jwt is not valid yet',
  'websocket jwt issuer mismatch',
  'websocket jwt audience mismatch',
];

test.serial('lines are those of the text, up to the first that is too long, however the bytes are cut', async (t) => {
  await fuzz(t, 8_000, (chance) => {
    const parts = chance.times(chance.between(0, 12), () =>
      chance.pick([Buffer.from('\n'), Buffer.from('\r\n'), Buffer.from('\r'), chance.bytes(chance.pick([1, 20, 260]))]),
    );
    const whole = Buffer.concat(parts);
    const splitter = new LineSplitter(LIMIT);
    const lines: string[] = [];
    let tooLong = false;
    for (let from = 0; from < whole.length && !tooLong; ) {
      const to = from + chance.pick([1, 2, 50, 700]);
      const split = splitter.push(whole.subarray(from, to));
      lines.push(...split.lines.map(latin1));
      tooLong = split.tooLong;
      from = to;
    }
    if (!tooLong) lines.push(...splitter.end().lines.map(latin1));
    const all = latin1(whole).split('\n');
    const right = all.slice(0, all.findIndex((line) => line.length > LIMIT) + 1 || undefined);
    if (right.at(-1) === '' || tooLong) right.pop();
    deepEqual(
      lines,
      right.map((line) => line.replace(/\r$/, '')),
    );
  });
});

test.serial('a token that is not exactly right is refused in known words', async (t) => {
  const claims = () => object({ exp: text(String(NOW + 60)), iss: string('us'), aud: string('farhand') });
  equal(refuseBearer(AUTH, `Bearer ${signJwt(SECRET, write(claims()))}`, NOW), undefined);
  await fuzz(t, 5_000, (chance) => {
    const right = `Bearer ${signJwt(SECRET, write(claims()))}`;
    // Signed by one who should know better, or changed by one who cannot sign.
    const bySigner = chance.oneIn(2);
    const header = bySigner
      ? `Bearer ${signJwt(SECRET, write(damaged(claims(), chance)), write(chance.oneIn(2) ? object({ alg: string('HS256') }) : damaged(object({ alg: string('HS256') }), chance)))}`
      : damagedBytes(Buffer.from(right), chance).toString('latin1');
    const refusal = refuseBearer(AUTH, header, NOW);
    if (refusal !== undefined) ok(REFUSALS.includes(refusal), refusal);
    else if (!bySigner) equal(header.trim().replace(/^bearer +/i, 'Bearer '), right);
  });
});

const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
