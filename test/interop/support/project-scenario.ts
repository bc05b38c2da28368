import type { FileScenario } from './file-scenario.js';
import { skillFile, skillsIn, textsOf } from './skills.js';
import type { Tree } from './tree.js';

const FILES: Tree = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  'AGENTS.md': 'Rules of the whole project: ünïcødé.\n',
  'deep/AGENTS.md': 'Overridden rules.\n',
  'deep/AGENTS.override.md': 'Overriding rules.\n',
  'deep/er/AGENTS.md': 'Rules of the folder.\n',
  '.agents/skills/project-skill/SKILL.md': skillFile('project-skill', 'Knows the project.'),
  'deep/er/.agents/skills/folder-skill/SKILL.md': skillFile('folder-skill', 'Knows the folder.'),
};

/** A client that works deep in a project: its rules and skills lie in the project's root and on the way down. */
export const projectScenario: FileScenario = {
  title: "is told the project's rules and skills",
  files: FILES,
  cwd: 'deep/er',
  calls: [],
  check(t, { folder, firstRequest, files }) {
    t.deepEqual(
      textsOf(firstRequest).filter((text) => text.startsWith('# AGENTS.md instructions for ')),
      [
        `# AGENTS.md instructions for ${folder}/deep/er\n\n<INSTRUCTIONS>\n` +
          'Rules of the whole project: ünïcødé.\n\n\nOverriding rules.\n\n\nRules of the folder.\n\n</INSTRUCTIONS>',
      ],
    );
    t.deepEqual(skillsIn(firstRequest), ['folder-skill: Knows the folder.', 'project-skill: Knows the project.']);
    t.deepEqual(files, FILES);
  },
};

/** A client that also asks the executor what is installed there. Only 0.169.0 can, and only when it is told to. */
export const homeScenario: FileScenario = {
  title: "is told the skills of the executor's own home",
  files: {},
  home: { 'skills/home-skill/SKILL.md': skillFile('home-skill', 'Knows the executor.') },
  features: ['executor_capability_discovery_v2'],
  calls: [],
  wasInTime: ({ firstRequest }) => skillsIn(firstRequest).length > 0,
  check(t, { firstRequest }) {
    t.deepEqual(skillsIn(firstRequest), ['home-skill: Knows the executor.']);
  },
};
