import test from 'ava';
import { isVersionName, laterVersion } from '#workers/capabilities/plugin-version.js';

/** Each is later than the one before it. */
const ASCENDING = [
  '1.0.0-1',
  '1.0.0-2',
  '1.0.0-10',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-beta',
  '1.0.0',
  '1.0.0+a',
  '1.0.0+b',
  '1.9.0',
  '1.10.0',
  '2.0.0-beta',
  '10.0.0',
  '99999999999999999999.0.0',
  '100000000000000000000.0.0',
  'local',
];

test('semantic versions are ordered as such, and local is the last', (t) => {
  for (const [index, version] of ASCENDING.entries()) {
    for (const later of ASCENDING.slice(index + 1)) {
      t.is(laterVersion(version, later), later, `${version} ${later}`);
      t.is(laterVersion(later, version), later, `${later} ${version}`);
    }
  }
});

test('other versions are ordered as texts', (t) => {
  t.is(laterVersion('10', '2'), '2');
  t.is(laterVersion('1.0.0', 'a'), 'a');
  t.is(laterVersion('v1.10', 'v1.9'), 'v1.9');
});

test('a version is a name of its own', (t) => {
  for (const name of ['1.0.0', 'local', 'a_b-c+d', '...', '.x']) t.true(isVersionName(name), name);
  for (const name of ['', '.', '..', 'a b', 'é', 'a/b', 'a~b']) t.false(isVersionName(name), name);
});
