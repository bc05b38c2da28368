import test from 'ava';
import { WritablePlaces } from '#src/pool/writable-places.js';
import { SANDBOX_WRITABLE_PLACES } from '#src/protocol/limits.js';
import type { Access, ConfinedPolicy } from '#src/sandbox/policy.js';

const policy = (paths: readonly string[], access: Access = 'write'): ConfinedPolicy => ({
  kind: 'confined',
  rules: paths.map((path) => ({ path, access })),
  platform: false,
  globs: [],
  globDepth: undefined,
  network: 'restricted',
});

test('each place is told once, and none that can only be read', (t) => {
  const places = new WritablePlaces();
  t.deepEqual(places.add(policy(['/a', '/b', '/a'])), ['/a', '/b']);
  t.deepEqual(places.add(policy(['/b', '/c'])), ['/c']);
  t.deepEqual(places.add(policy(['/d'], 'read')), []);
  t.deepEqual(places.add({ kind: 'offline' }), []);
  t.deepEqual(places.all, ['/a', '/b', '/c']);
});

test('where no more can be remembered a policy with a new place is refused, and one without is not', (t) => {
  const places = new WritablePlaces();
  const most = Array.from({ length: SANDBOX_WRITABLE_PLACES }, (_, n) => `/${n}`);
  t.is(places.add(policy(most)).length, SANDBOX_WRITABLE_PLACES);
  t.throws(() => places.add(policy(['/one more'])), { message: /^sandbox unavailable: / });
  t.deepEqual(places.add(policy(['/0'])), []);
});
