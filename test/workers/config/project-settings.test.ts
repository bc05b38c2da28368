import test from 'ava';
import { refusal } from '#test/support/refusal.js';
import { projectSettings } from '#workers/config/project-settings.js';
import { parseToml } from '#workers/config/toml-document.js';

/** Of files named 1, 2, ... */
const settings = (...texts: readonly string[]) =>
  projectSettings(texts.map((text, index) => ({ name: `${index + 1}`, table: parseToml(text) })));

const trust = (path: string, level: string) => `[projects."${path}"]\ntrust_level = "${level}"\n`;

test('without a word about it a project has .git, and none is trusted', (t) => {
  t.deepEqual(settings('', 'x = 1'), { markers: ['.git'], trusted: new Map() });
});

test('later files decide, project by project', (t) => {
  const { trusted } = settings(trust('/a', 'trusted') + trust('/b', 'trusted'), trust('/a', 'untrusted'), '');
  t.deepEqual(
    [...trusted],
    [
      ['/a', false],
      ['/b', true],
    ],
  );
});

test('a project without a level says nothing about trust', (t) => {
  t.deepEqual([...settings(trust('/a', 'trusted'), '[projects."/a"]\nother = 1').trusted], [['/a', true]]);
});

test('the markers of the last file that has any hold, even none', (t) => {
  t.deepEqual(settings('project_root_markers = ["a", "b"]', '').markers, ['a', 'b']);
  t.deepEqual(settings('project_root_markers = ["a"]', 'project_root_markers = []').markers, []);
});

const FAULTS: readonly (readonly [text: string, fault: string])[] = [
  ['projects = 5', 'projects must be a table'],
  ['projects = []', 'projects must be a table'],
  ['[projects]\n"/a" = "trusted"', 'projects./a must be a table'],
  [trust('/a', 'bogus'), 'projects./a.trust_level must be `trusted` or `untrusted`'],
  ['[projects."/a"]\ntrust_level = 5', 'projects./a.trust_level must be `trusted` or `untrusted`'],
  ['project_root_markers = "x"', 'project_root_markers must be an array of strings'],
  ['project_root_markers = [5]', 'project_root_markers must be an array of strings'],
];
for (const [text, fault] of FAULTS) {
  test(`${JSON.stringify(text)}: ${fault}`, (t) => {
    t.is(
      refusal(() => settings('', text)),
      `-32603 2: ${fault}`,
    );
  });
}
