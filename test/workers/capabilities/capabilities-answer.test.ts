import test from 'ava';
import type { DiscoverCapabilitiesResult, DiscoveredPlugin, DiscoveredSkill } from '#src/protocol/discovery.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CAPABILITIES, CAPABILITIES_BYTES, CAPABILITY_WARNINGS } from '#src/protocol/limits.js';
import { CapabilitiesAnswer } from '#workers/capabilities/capabilities-answer.js';

const LIMIT_WARNING = 'capability discovery size limit reached';
const URI = 'file:///x' as FileUri;

const skill = (description = 'd'): DiscoveredSkill => ({
  name: 'a',
  description,
  shortDescription: null,
  path: URI,
  discoveryRoot: { id: 'x', path: URI },
  dependencies: null,
  policy: null,
});

function plugin(skills: number): DiscoveredPlugin {
  const { discoveryRoot: _, ...own } = skill();
  const files = { manifest: { path: URI, contents: '{}' }, mcpConfig: null, appsConfig: null };
  const rest = { id: 'p@m', displayName: 'p', remotePluginId: null, version: '1', root: URI };
  return { ...rest, files, skills: Array(skills).fill(own) };
}

const result = (answer: CapabilitiesAnswer): DiscoverCapabilitiesResult => JSON.parse(answer.toJson());

test('an empty answer is one', (t) => {
  t.is(new CapabilitiesAnswer().toJson(), '{"plugins":[],"skills":[],"warnings":[]}');
});

test('so many capabilities and no more; that some are missing is told first', (t) => {
  const answer = new CapabilitiesAnswer();
  answer.warn('w');
  for (let index = 0; index < CAPABILITIES; index++) answer.addSkill(skill());
  t.true(answer.isFull);
  t.deepEqual(result(answer).warnings, ['w']);
  answer.addSkill(skill());
  const { skills, warnings } = result(answer);
  t.is(skills.length, CAPABILITIES);
  t.deepEqual(warnings, [LIMIT_WARNING, 'w']);
});

test('a plugin counts as well, and loses the last of its skills', (t) => {
  const answer = new CapabilitiesAnswer();
  answer.addPlugin(plugin(CAPABILITIES));
  t.is(result(answer).plugins[0]!.skills.length, CAPABILITIES - 1);
  answer.addPlugin(plugin(0));
  t.is(result(answer).plugins.length, 1);
});

test('one that does not fit in is left out, a smaller one behind it is not', (t) => {
  const answer = new CapabilitiesAnswer();
  answer.addSkill(skill('x'.repeat(CAPABILITIES_BYTES)));
  answer.addSkill(skill('small'));
  const { skills, warnings } = result(answer);
  t.deepEqual(
    skills.map(({ description }) => description),
    ['small'],
  );
  t.deepEqual(warnings, [LIMIT_WARNING]);
});

test('the whole answer keeps to its size: warnings go first, then skills', (t) => {
  const answer = new CapabilitiesAnswer();
  const frame = JSON.stringify(skill('')).length;
  answer.addSkill(skill('small'));
  answer.addSkill(skill('x'.repeat(CAPABILITIES_BYTES - 2 * frame - 'small'.length)));
  answer.warn('w');
  const text = answer.toJson();
  t.true(Buffer.byteLength(text) <= CAPABILITIES_BYTES);
  const { skills, warnings }: DiscoverCapabilitiesResult = JSON.parse(text);
  t.deepEqual(warnings, [LIMIT_WARNING]);
  t.is(skills.length, 1);
});

test('so many warnings and no more', (t) => {
  const answer = new CapabilitiesAnswer();
  for (let index = 0; index <= CAPABILITY_WARNINGS; index++) answer.warn(`${index}`);
  t.is(result(answer).warnings.length, CAPABILITY_WARNINGS);
  answer.truncate();
  const { warnings } = result(answer);
  t.deepEqual([warnings.length, warnings[0], warnings[1]], [CAPABILITY_WARNINGS, LIMIT_WARNING, '0']);
});
