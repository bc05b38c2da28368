/** Attack 41: a command swaps a directory and a link to the outside, again and again, while that directory is worked in. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxOf } from './attack.js';
import { attackTest, type Stage } from './attack-test.js';

const SWAP = `exec perl -e '
  mkdir "d" or die; mkdir "spare" or die; symlink $ENV{O}, "link" or die;
  $| = 1; print "ready\\n";
  for (;;) { rename "d", "spare"; rename "link", "d"; rename "d", "link"; rename "spare", "d" }'`;

const ROUNDS = 300;
/** Starts take longer than calls. */
const STARTS = 60;
/** An attack that comes this far without an effect has none. */
const MOST_ROUNDS = 10 * ROUNDS;
/** Calls that are made at a time. */
const TOGETHER = 30;

/** Calls until this holds. Out: how they ended, `done` or an error. */
async function race(
  { attacker, scene }: Stage,
  policy: 'workspace' | 'none',
  isEnough: (answers: ReadonlySet<string>, rounds: number) => boolean,
): Promise<ReadonlySet<string>> {
  const id = await attacker.start(scene, policy, SWAP);
  await attacker.client.hasWritten(id, 'ready');
  const { W } = scene.variables;
  const calls = [
    ['fs/writeFile', { path: `file://${W}/d/new`, dataBase64: '' }],
    ['fs/createDirectory', { path: `file://${W}/d/made`, recursive: false }],
    ['fs/remove', { path: `file://${W}/d/secret`, force: true }],
    ['fs/copy', { sourcePath: `file://${W}/f`, destinationPath: `file://${W}/d/linked`, recursive: false }],
  ] as const;
  const answers = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS && !isEnough(answers, round); round += TOGETHER) {
    const made = Array.from({ length: TOGETHER }, (_, index) => {
      const [method, params] = calls[(round + index) % calls.length]!;
      return attacker.call(scene, policy, method, params).then(
        () => answers.add('done'),
        (error: Error) => answers.add(error.message),
      );
    });
    await Promise.all(made);
  }
  await attacker.client.terminate(id);
  await attacker.client.closed(id);
  return answers;
}

const REFUSED = 'Read-only file system (os error 30)';

attackTest('41: swaps a directory and a link under file calls', async (t, stage) => {
  const { scene } = stage;
  // Helpers that need not make these themselves are kept: the swaps are under one that lasts.
  for (const name of ['.agents', '.aws', '.codex']) mkdirSync(join(scene.variables.W, name));
  const before = scene.fixed();
  // Calls have found the directory, and calls have found the link.
  const foundBoth = (answers: ReadonlySet<string>) => answers.has('done') && answers.has(REFUSED);
  const answers = await race(stage, 'workspace', (seen, rounds) => rounds >= ROUNDS && foundBoth(seen));
  t.true(foundBoth(answers), [...answers].join());
  t.deepEqual(scene.fixed(), before);
});

attackTest('41: without a sandbox it reaches the outside', async (t, stage) => {
  const isReached = () => stage.scene.has('outside/new');
  await race(stage, 'none', isReached);
  t.true(isReached());
});

attackTest('41: swaps the workspace of a sandbox that is starting', async (t, { attacker, scene }) => {
  const { W } = scene.variables;
  const before = scene.fixed();
  const swapping = await attacker.start(scene, 'workspace', SWAP);
  await attacker.client.hasWritten(swapping, 'ready');
  const more = { sandbox: sandboxOf('workspace', `${W}/d`) };
  const answers = new Set<string>();
  const crosses = `cannot use sandbox writable path ${W}/d because it crosses writable symlink ${W}/d`;
  for (let round = 0; round < MOST_ROUNDS && !(round >= STARTS && answers.has(crosses)); round += 1) {
    const started = attacker.run(scene, 'workspace', 'echo evil > "$W/d/new"', { cwd: 'file:///', more });
    answers.add(
      await started.then(
        ({ exitCode }) => String(exitCode),
        (error: Error) => error.message,
      ),
    );
  }
  t.true(answers.has(crosses), [...answers].join());
  t.deepEqual(scene.fixed(), before);
  await attacker.client.terminate(swapping);
  await attacker.client.closed(swapping);
});
