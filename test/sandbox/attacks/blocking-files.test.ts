/** Attack 40: a named pipe, which nobody else opens, makes whoever opens it wait for ever. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { attackTest } from './attack-test.js';

const dataBase64 = Buffer.from('evil').toString('base64');

attackTest('40: has file calls wait for a named pipe', async (t, { attacker, scene }) => {
  const { W } = scene.variables;
  const pipe = join(W, 'pipe');
  spawnSync('mkfifo', ['-m', '666', pipe]);
  const path = `file://${pipe}`;
  const file = `file://${W}/f`;
  const copies = { recursive: false };
  // The scoped policy has even reads done by a helper.
  for (const policy of ['workspace', 'workspace without the rest'] as const) {
    const ask = (method: string, params: object) => attacker.call(scene, policy, method, params);
    const hostile = [
      ask('fs/readFile', { path }),
      ask('fs/open', { handleId: 'h', path }),
      ask('fs/open', { handleId: 'r', path, mode: 'replace' }),
      ask('fs/writeFile', { path, dataBase64 }),
      ask('fs/copy', { ...copies, sourcePath: path, destinationPath: `file://${W}/copy` }),
      ask('fs/copy', { ...copies, sourcePath: file, destinationPath: path }),
    ];
    const settled = Promise.allSettled(hostile);
    // Others are served beside them, by the same connection.
    t.is((await ask('fs/readFile', { path: file })).dataBase64, Buffer.from('plain\n').toString('base64'));
    await ask('fs/writeFile', { path: `file://${W}/n`, dataBase64 });
    t.true((await ask('fs/getMetadata', { path: file })).isFile);
    for (const outcome of await settled) t.is(outcome.status, 'rejected', policy);
  }
  t.is(await attacker.serves(scene), 'served');
});
