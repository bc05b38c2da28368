/** Attack 39: what can be read of everything includes /proc, and there the executor itself, with all that its environment holds. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { INVALID_REQUEST } from '#src/protocol/errors.js';
import { attackTest } from './attack-test.js';
import { TREASURE } from './scene.js';

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();

attackTest("39: reads the executor's environment", async (t, { attacker, scene }) => {
  const { W } = scene.variables;
  symlinkSync('/proc/self/environ', join(W, 'link'));
  symlinkSync('/proc/self', join(W, 'self'));
  const { pid } = attacker.executor;
  const places = [
    ...['/proc/self/environ', '/proc/thread-self/environ', '/proc/self/root/proc/self/environ'],
    ...[`/proc/${pid}/environ`, `/proc/${pid}/task/${pid}/environ`, `${W}/link`, `${W}/self/environ`],
  ];
  for (const place of places) {
    const path = `file://${place}`;
    const refused = { code: INVALID_REQUEST, message: 'Permission denied (os error 13)' };
    await t.throwsAsync(attacker.call(scene, 'workspace', 'fs/readFile', { path }), refused, place);
    await t.throwsAsync(attacker.call(scene, 'workspace', 'fs/open', { handleId: 'h', path }), refused, place);
    const { dataBase64 } = await attacker.call(scene, 'none', 'fs/readFile', { path });
    t.true(decoded(dataBase64).includes(TREASURE), place);
  }
});

attackTest('39: takes a copy of it', async (t, { attacker, scene }) => {
  const copies = { sourcePath: `file:///proc/${attacker.executor.pid}/environ`, recursive: false };
  const copyTo = (policy: 'workspace' | 'none', name: string) =>
    attacker.call(scene, policy, 'fs/copy', { ...copies, destinationPath: `file://${scene.variables.W}/${name}` });
  await t.throwsAsync(copyTo('workspace', 'copy'));
  t.false(scene.text('workspace/copy').includes(TREASURE));
  await copyTo('none', 'free');
  t.true(scene.text('workspace/free').includes(TREASURE));
});

attackTest('39: looks at what it has open', async (t, { attacker, scene }) => {
  for (const [method, path] of [
    ['fs/readDirectory', '/proc/self/fd'],
    ['fs/getMetadata', '/proc/self/fd/0'],
    ['fs/canonicalize', '/proc/self/status'],
  ] as const) {
    const params = { path: `file://${path}` };
    await t.throwsAsync(attacker.call(scene, 'workspace', method, params), { code: INVALID_REQUEST }, path);
    await t.notThrowsAsync(attacker.call(scene, 'none', method, params), path);
  }
});
