import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Installation } from './installation.js';
import { unprivilegedUser as NOBODY } from './operation-elsewhere.js';
import { TemporaryFolder } from './temporary-folder.js';

const asRoot = process.getuid?.() === 0 ? test : test.skip;

/** What a checkout has, in small, in a folder that only we may enter; its Node is a script. */
function furnish(folder: TemporaryFolder): Installation {
  const packages = {
    used: { optionalDependencies: { below: '1', missing: '1' } },
    below: {},
    'used/node_modules/below': {},
    tool: {},
  };
  for (const name of ['dist', ...Object.keys(packages).map((name) => `node_modules/${name}`)]) {
    mkdirSync(folder.file(name), { recursive: true, mode: 0o700 });
  }
  for (const [name, content] of Object.entries(packages)) {
    folder.write(`node_modules/${name}/package.json`, JSON.stringify(content));
  }
  folder.write('package.json', JSON.stringify({ dependencies: { used: '1' }, devDependencies: { tool: '1' } }));
  folder.write('dist/program.js', 'console.log("runs");');
  folder.write('our-node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
  chmodSync(folder.file('our-node'), 0o700);
  return new Installation(folder.file('our-node'), folder.path);
}

asRoot('what is for us alone can be used by others as a copy', (t) => {
  using folder = new TemporaryFolder();
  const ours = furnish(folder);
  t.false(ours.canBeUsedBy(NOBODY!));
  const copy = ours.copy();
  t.true(copy.canBeUsedBy(NOBODY!));
  const options = { uid: NOBODY!, gid: NOBODY!, cwd: '/', encoding: 'utf8' } as const;
  t.is(execFileSync(copy.node, [join(copy.root, 'dist/program.js')], options), 'runs\n');
  t.deepEqual(copy.parts(), ['package.json', 'dist', 'node_modules/used', 'node_modules/used/node_modules/below']);
  t.false(existsSync(join(copy.root, 'node_modules/tool')));
  t.is(statSync(copy.root).mode & 0o777, 0o755);
});

asRoot('one file that cannot be read is enough for a copy', (t) => {
  using folder = new TemporaryFolder();
  const ours = furnish(folder);
  execFileSync('chmod', ['-R', 'a+rX', folder.path]);
  t.true(ours.canBeUsedBy(NOBODY!));
  chmodSync(folder.file('node_modules/used/node_modules/below/package.json'), 0o600);
  t.false(ours.canBeUsedBy(NOBODY!));
});
