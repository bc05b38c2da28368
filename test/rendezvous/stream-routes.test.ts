import test from 'ava';
import { HARNESS_STREAMS } from '#src/protocol/limits.js';
import { asStreamId } from '#src/relay/stream-id.js';
import type { KeyDigest } from '#src/rendezvous/key-digest.js';
import { StreamRoutes } from '#src/rendezvous/stream-routes.js';

const harness = (key: string) => ({ key: key as KeyDigest });
const X = asStreamId('x');

test('the first frame claims a stream, until the link ends', (t) => {
  const routes = new StreamRoutes();
  const [a, b] = [harness('a'), harness('b')];
  t.deepEqual([routes.claim(a, X), routes.claim(a, X)], [{ is: 'claimed' }, { is: 'held' }]);
  t.deepEqual(routes.claim(b, X), { is: 'refused' });
  t.is(routes.ownerOf(X), a);
  t.deepEqual([routes.release(a), routes.release(a), routes.ownerOf(X)], [[X], [], undefined]);
  t.deepEqual(routes.claim(b, X), { is: 'claimed' });
});

test('the same harness takes its stream along to another link', (t) => {
  const routes = new StreamRoutes();
  const [old, young] = [harness('a'), harness('a')];
  routes.claim(old, X);
  t.deepEqual(routes.claim(young, X), { is: 'takenOver', from: old });
  t.deepEqual(routes.release(old), []);
  t.is(routes.ownerOf(X), young);
});

test('a link has so many streams and no more, and one that is over leaves nothing', (t) => {
  const routes = new StreamRoutes();
  const a = harness('a');
  const claims = Array.from({ length: HARNESS_STREAMS + 1 }, (_, n) => routes.claim(a, asStreamId(`s${n}`)).is);
  t.deepEqual([claims.filter((is) => is === 'claimed').length, claims.at(-1)], [HARNESS_STREAMS, 'refused']);
  t.is(routes.release(a).length, HARNESS_STREAMS);
  t.is(routes.size, 0);
});

test('10,000 streams each find their own link', (t) => {
  const routes = new StreamRoutes<{ key: KeyDigest }>();
  const owners = Array.from({ length: 10_000 }, (_, n) => harness(`h${n}`));
  for (const [n, owner] of owners.entries()) routes.claim(owner, asStreamId(`s${n}`));
  t.true(owners.every((owner, n) => routes.ownerOf(asStreamId(`s${n}`)) === owner));
  for (const owner of owners) routes.release(owner);
  t.is(routes.size, 0);
});
