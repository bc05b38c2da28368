/** Attack 42: file calls for what the policy forbids. */
import { attackTest } from './attack-test.js';
import type { Scene } from './scene.js';

interface Forbidden {
  readonly title: string;
  readonly method: string;
  readonly params: (at: { readonly W: string; readonly O: string }) => object;
  readonly succeeded: (scene: Scene) => boolean;
}

const dataBase64 = Buffer.from('evil').toString('base64');
const isGone = (name: string) => (scene: Scene) => !scene.has(name);
const isThere = (name: string) => (scene: Scene) => scene.has(name);

const CALLS: readonly Forbidden[] = [
  {
    title: 'removes the workspace',
    method: 'fs/remove',
    params: ({ W }) => ({ path: W, recursive: true }),
    succeeded: (scene) => !scene.has('workspace') || !scene.has('workspace/.git/HEAD'),
  },
  {
    title: 'removes .git',
    method: 'fs/remove',
    params: ({ W }) => ({ path: `${W}/.git`, recursive: true }),
    succeeded: isGone('workspace/.git/HEAD'),
  },
  {
    title: 'makes a directory in .codex',
    method: 'fs/createDirectory',
    params: ({ W }) => ({ path: `${W}/.codex/x`, recursive: true }),
    succeeded: isThere('workspace/.codex/x'),
  },
  {
    title: 'plants a hook',
    method: 'fs/writeFile',
    params: ({ W }) => ({ path: `${W}/.git/hooks/pre-commit`, dataBase64 }),
    succeeded: isThere('workspace/.git/hooks/pre-commit'),
  },
  {
    title: 'opens the configuration of git for writing',
    method: 'fs/open',
    params: ({ W }) => ({ path: `${W}/.git/config`, mode: 'replace', handleId: 'h' }),
    succeeded: (scene) => scene.text('workspace/.git/config') === '',
  },
  {
    title: 'copies a file to the outside',
    method: 'fs/copy',
    params: ({ W, O }) => ({ sourcePath: `${W}/f`, destinationPath: `${O}/new`, recursive: false }),
    succeeded: isThere('outside/new'),
  },
  {
    title: 'writes a file outside',
    method: 'fs/writeFile',
    params: ({ O }) => ({ path: `${O}/new`, dataBase64 }),
    succeeded: isThere('outside/new'),
  },
  {
    title: 'removes a file outside',
    method: 'fs/remove',
    params: ({ O }) => ({ path: `${O}/secret` }),
    succeeded: isGone('outside/secret'),
  },
];

for (const { title, method, params, succeeded } of CALLS) {
  attackTest(`42: ${title} by ${method}`, async (t, { attacker, scene }) => {
    const { W, O } = scene.variables;
    const asked = params({ W: `file://${W}`, O: `file://${O}` });
    const before = scene.fixed();
    await t.throwsAsync(attacker.call(scene, 'workspace', method, asked));
    t.false(succeeded(scene));
    t.deepEqual(scene.fixed(), before);
    await attacker.call(scene, 'none', method, asked);
    t.true(succeeded(scene));
  });
}
