/** Our client and our executor, each a program of its own, through our relay. */
import { fileURLToPath } from 'node:url';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plainEnvironment } from './support/fresh-folder.js';
import { interop } from './support/interop-test.js';
import { startProgram } from './support/program.js';
import { openRelayWorld } from './support/relay-world.js';
import { assertUnreadable } from './support/unreadable.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#test/interop/support/environment-program.js'));

interop('a client that variables tell its executor uses it through the relay, which sees nothing of it', async (t) => {
  await using world = await openRelayWorld();
  const executor = await world.startExecutor('farhand');
  using folder = new TemporaryFolder();
  // They win over the address of an executor that listens; nobody does there.
  const variables = { ...world.variables, CODEX_EXEC_SERVER_URL: 'ws://127.0.0.1:1' };
  const program = startProgram(process.execPath, [PROGRAM, folder.file('Zauberbuch'), 'Zauberwort Klartext'], {
    cwd: folder.path,
    env: { ...plainEnvironment(folder.path), ...variables },
  });
  t.deepEqual(JSON.parse(await program.firstLine), {
    exitCode: 7,
    stdoutText: 'Zauberwort Klartext',
    stderrText: 'txetralK trowrebuaZ',
    readText: 'Zauberwort Klartext',
  });
  t.deepEqual(await program.ended, { code: 0, signal: null });
  t.is(folder.read('Zauberbuch'), 'Zauberwort Klartext');

  t.deepEqual(world.tap.calls, ['register 200', 'connect 200', 'validate 200']);
  executor.kill('SIGTERM');
  t.deepEqual(await executor.ended, { code: 0, signal: null });
  t.regex(executor.stderr, /Noise executor handshake completed/);
  assertUnreadable(t, world, [
    'Zauberwort',
    'Klartext',
    'trowrebuaZ',
    'Zauberbuch',
    'process/start',
    'fs/readFile',
    'fs/writeFile',
    'jsonrpc',
  ]);
  for (const word of ['Zauber', 'Klartext', 'rebuaZ']) t.false(world.said.includes(word));
});
