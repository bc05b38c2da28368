/** Attacks 15, 16 and 44 by file calls: to read what the policy hides, by its name, through links, and by way of /proc. */
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AttackPolicy } from './attack.js';
import { attackTest, type Stage } from './attack-test.js';
import type { AttackerPolicy } from './attacker.js';
import { type Scene, TREASURE } from './scene.js';

/** What holds the treasure, by the policies that hide it. */
const HIDDEN: Readonly<Partial<Record<AttackPolicy, (scene: Scene) => string>>> = {
  'workspace without the rest': ({ variables: { O } }) => join(O, 'secret'),
  'workspace with a denied file': ({ variables: { W } }) => join(W, 'vault/hidden/key'),
  'workspace with a denied directory': ({ variables: { W } }) => join(W, 'vault/hidden/key'),
};

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
let made = 0;

/** What a file call makes known of a file, or of the directory that it is in. */
const WAYS: Readonly<Record<string, (stage: Stage, policy: AttackerPolicy, file: string) => Promise<string>>> = {
  async 'fs/readFile'({ attacker, scene }, policy, file) {
    return decoded((await attacker.call(scene, policy, 'fs/readFile', { path: `file://${file}` })).dataBase64);
  },
  async 'fs/open'({ attacker, scene }, policy, file) {
    const handleId = `handle-${made++}`;
    await attacker.call(scene, policy, 'fs/open', { handleId, path: `file://${file}` });
    return decoded((await attacker.client.call('fs/readBlock', { handleId, offset: 0, len: 100 })).chunk);
  },
  async 'fs/copy'({ attacker, scene }, policy, file) {
    const destinationPath = `file://${scene.variables.W}/copy-${made++}`;
    const copies = { sourcePath: `file://${file}`, destinationPath, recursive: false };
    await attacker.call(scene, policy, 'fs/copy', copies);
    // Under the same policy, for the copy of a link is a link.
    return decoded((await attacker.call(scene, policy, 'fs/readFile', { path: destinationPath })).dataBase64);
  },
};

for (const [policy, hiddenIn] of Object.entries(HIDDEN) as [AttackPolicy, (scene: Scene) => string][]) {
  for (const [method, read] of Object.entries(WAYS)) {
    attackTest(`44: reads by ${method} what a ${policy} hides`, async (t, stage) => {
      const { scene } = stage;
      const hidden = hiddenIn(scene);
      const { W } = scene.variables;
      symlinkSync(hidden, join(W, 'link'));
      symlinkSync(dirname(hidden), join(W, 'folder'));
      const names = [hidden, `${W}/link`, `${W}/folder/${hidden.slice(dirname(hidden).length + 1)}`];
      for (const name of [...names, `/proc/self/root${hidden}`, `/proc/1/root${hidden}`]) {
        const seen = await read(stage, policy, name).catch((error: Error) => error.message);
        t.false(seen.includes(TREASURE), name);
      }
      for (const name of names) t.true((await read(stage, 'none', name)).includes(TREASURE), name);
    });
  }
}

attackTest('44: lists what is hidden, through links too', async (t, { attacker, scene }) => {
  const { W, O } = scene.variables;
  symlinkSync(O, join(W, 'folder'));
  const options = { maxDepth: 5, maxDirectories: 100, maxEntries: 1000, followDirectorySymlinks: true };
  for (const [method, path, params] of [
    ['fs/readDirectory', O, {}],
    ['fs/readDirectory', `${W}/folder`, {}],
    ['fs/walk', W, { options }],
    ['fs/walk', `${W}/folder`, { options }],
    ['fs/walk', O, { options }],
  ] as const) {
    const seen = (policy: AttackerPolicy) =>
      attacker
        .call(scene, policy, method, { path: `file://${path}`, ...params })
        .then(JSON.stringify, (error: Error) => error.message);
    t.notRegex(await seen('workspace without the rest'), /\bsecret\b/, `${method} ${path}`);
    t.regex(await seen('none'), /\bsecret\b/, `${method} ${path}`);
  }
});
