/** Attack 9, by file calls: protected names that are not there are not made, whatever is swapped on the way to them. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attackTest, type Stage } from './attack-test.js';

/** Swaps a file and a link to what is missing, and a directory and a link to the one above it, again and again. */
const SWAP = `exec perl -e '
  mkdir "d" or die; symlink ".", "up" or die; symlink ".codex", "link" or die; open F, ">t" or die;
  $| = 1; print "ready\\n";
  for (;;) {
    rename "t", "file"; rename "link", "t"; rename "t", "link"; rename "file", "t";
    rename "d", "spare"; rename "up", "d"; rename "d", "up"; rename "spare", "d";
  }'`;

const ROUNDS = 300;
/** An attack that comes this far without an effect has none. */
const MOST_ROUNDS = 10 * ROUNDS;
/** Calls that are made at a time. */
const TOGETHER = 30;
const REFUSED = 'Read-only file system (os error 30)';
const MISSING = ['.agents', '.aws', '.codex'];

const found = ({ scene }: Stage) => readdirSync(scene.variables.W).filter((name) => MISSING.includes(name));

/** Out: how the calls ended, `done` or an error. */
async function race(
  { attacker, scene }: Stage,
  policies: { readonly swap: 'workspace' | 'none'; readonly calls: 'workspace' | 'none' },
  isEnough: (answers: ReadonlySet<string>, rounds: number) => boolean,
): Promise<ReadonlySet<string>> {
  const id = await attacker.start(scene, policies.swap, SWAP);
  await attacker.client.hasWritten(id, 'ready');
  const uri = (name: string) => `file://${scene.variables.W}/${name}`;
  const dataBase64 = Buffer.from('gitdir: elsewhere').toString('base64');
  const calls = [
    ['fs/writeFile', { path: uri('t'), dataBase64 }],
    ['fs/writeFile', { path: uri('d/.codex'), dataBase64 }],
    ['fs/createDirectory', { path: uri('d/.agents/skills'), recursive: true }],
    ['fs/copy', { sourcePath: uri('f'), destinationPath: uri('d/.aws'), recursive: false }],
    ['fs/copy', { sourcePath: uri('f'), destinationPath: uri('t'), recursive: false }],
    ['fs/copy', { sourcePath: uri('.git'), destinationPath: uri('d/.codex'), recursive: true }],
  ] as const;
  const answers = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS && !isEnough(answers, round); round += TOGETHER) {
    const made = Array.from({ length: TOGETHER }, (_, index) => {
      const [method, params] = calls[(round + index) % calls.length]!;
      return attacker.call(scene, policies.calls, method, params).then(
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

const sawBoth = (answers: ReadonlySet<string>) => answers.has('done') && answers.has(REFUSED);

/** A command without a sandbox takes no places, so that nothing is there which could refuse. */
for (const swap of ['workspace', 'none'] as const) {
  attackTest(`9: swaps links to missing names under file calls, with ${swap} as its policy`, async (t, stage) => {
    const answers = await race(
      stage,
      { swap, calls: 'workspace' },
      (seen, rounds) => rounds >= ROUNDS && sawBoth(seen),
    );
    t.true(sawBoth(answers), [...answers].join());
    t.deepEqual(found(stage), []);
  });
}

attackTest('9: without a sandbox the names are made', async (t, stage) => {
  const isMade = () => found(stage).length > 0;
  await race(stage, { swap: 'none', calls: 'none' }, isMade);
  t.true(isMade());
});

attackTest(
  '9: file calls find what another sandbox has put there, and neither fill nor remove it',
  async (t, stage) => {
    const { attacker, scene } = stage;
    const { W } = scene.variables;
    const id = await attacker.start(scene, 'workspace', 'echo ready; while :; do read -r line; done', {
      pipeStdin: true,
    });
    await attacker.client.hasWritten(id, 'ready');
    t.deepEqual(found(stage).sort(), MISSING);
    const call = (method: string, params: object) =>
      attacker.call(scene, 'workspace', method, params).then(
        () => 'done',
        (error: Error) => error.message,
      );
    const uri = (name: string) => `file://${W}/${name}`;
    t.is(await call('fs/writeFile', { path: uri('.codex/config'), dataBase64: '' }), REFUSED);
    t.is(await call('fs/createDirectory', { path: uri('.codex') }), REFUSED);
    for (const recursive of [true, false]) {
      t.is(await call('fs/remove', { path: uri('.codex'), recursive }), 'Resource busy (os error 16)');
    }
    t.not(await call('fs/remove', { path: uri('') }), 'done');
    t.deepEqual(found(stage).sort(), MISSING);
    await attacker.client.terminate(id);
    await attacker.client.closed(id);
    t.deepEqual(found(stage), []);
  },
);

attackTest('9: a name that somebody else makes is protected from the next call on', async (t, stage) => {
  const { attacker, scene } = stage;
  const path = join(scene.variables.W, '.codex');
  const write = (name: string) =>
    attacker.call(scene, 'workspace', 'fs/writeFile', { path: `file://${path}/${name}`, dataBase64: '' });
  await t.throwsAsync(write('before'), { message: REFUSED });
  mkdirSync(path);
  await t.throwsAsync(write('after'), { message: REFUSED });
  t.deepEqual(readdirSync(path), []);
  rmSync(path, { recursive: true });
  await t.throwsAsync(write('later'), { message: REFUSED });
});
