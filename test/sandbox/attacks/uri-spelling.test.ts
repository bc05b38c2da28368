/** Attack 48: unusual spellings of the paths in a policy, which are served like any other, and are not a way around it. */

import { sandboxOf } from './attack.js';
import { attackTest } from './attack-test.js';

/** Of outside, where W is outside/../workspace. */
const SPELLINGS: Readonly<Record<string, (directory: string) => string>> = {
  'with a slash at its end': (path) => `file://${path}/`,
  'with an escaped letter': (path) => `file://${path.replace(/e$/, '%65')}`,
  'with two slashes and a dot': (path) => `file://${path.replace(/\/([^/]+)$/, '//./$1/.')}`,
  'by way of its parent': (path) => `file://${path}/../outside`,
};

for (const [title, spell] of Object.entries(SPELLINGS)) {
  attackTest(`48: an entry ${title}`, async (t, { attacker, scene }) => {
    const { W, O } = scene.variables;
    const plain = sandboxOf('workspace', W);
    const sandbox = (access: string) => {
      const { entries, ...rest } = plain.permissions.file_system;
      const more = { path: { type: 'path', path: spell(O) }, access };
      const file_system = { ...rest, entries: [...entries, more] };
      return { ...plain, permissions: { ...plain.permissions, file_system } };
    };
    const path = `file://${O}/new`;
    const more = { sandbox: sandbox('write') };
    t.is((await attacker.run(scene, 'workspace', 'echo written > "$O/new"', { more })).exitCode, 0);
    t.is(scene.text('outside/new'), 'written\n');
    await attacker.call(scene, 'workspace', 'fs/writeFile', { ...more, path, dataBase64: '' });
    t.is(scene.text('outside/new'), '');

    const denying = { sandbox: sandbox('deny') };
    const denied = await attacker.run(scene, 'workspace', 'cat "$O/secret"', { more: denying });
    t.regex(denied.output().toString(), /Permission denied/);
    await t.throwsAsync(attacker.call(scene, 'workspace', 'fs/readFile', { ...denying, path: `file://${O}/secret` }));
  });
}
