/** Helpers as the main thread asks a worker for them: the program for sandboxed file operations, in a sandbox. */
import { closeSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { FromWorker, StartedHelper } from '#src/pool/calls.js';
import { HELPER_COMMAND, HELPER_PROGRAM } from '#src/sandboxed-files/helper-needs.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { SPAWNERS } from '#test/support/executor-program.js';
import { eventually } from '#test/support/procfs.js';
import { enforcing, Scene } from './support/confined.js';

process.removeAllListeners('warning');

const sandboxed = canSandbox ? test : test.skip;
let lastToken = 0;

class HelperScene extends Scene {
  startHelper(key: number, words = this.policy): void {
    this.watched.supervisor.handle({ do: 'startHelper', key, enforcement: enforcing(words) });
  }

  /** Its pipes, closed at the end of the test if not before. */
  async pipes(t: ExecutionContext, key: number): Promise<StartedHelper & { close(): void }> {
    const note = await this.watched.told('helper', key);
    let open = true;
    const close = () => {
      if (open) for (const fd of [note.input, note.output, note.errors]) closeSync(fd);
      open = false;
    };
    t.teardown(close);
    return { ...note, close };
  }

  async holds(key: number): Promise<boolean> {
    lastToken += 1;
    const token = lastToken;
    this.watched.supervisor.handle({ do: 'check', key, token });
    const answer = () =>
      this.watched.messages
        .flat()
        .find(
          (note): note is Extract<FromWorker, { tell: 'checked' }> => note.tell === 'checked' && note.token === token,
        );
    await eventually(() => answer() !== undefined);
    return answer()!.holds;
  }
}

for (const spawner of SPAWNERS) {
  sandboxed(`a helper runs until its input ends, and leaves nothing, with ${spawner}`, async (t) => {
    const scene = new HelperScene(t, { spawner });
    scene.startHelper(1);
    const pipes = await scene.pipes(t, 1);
    await eventually(() => nodeIn(scene) !== undefined);
    t.deepEqual(readdirSync(scene.work), []);
    pipes.close();
    t.is((await scene.watched.told('helperEnded', 1)).exitCode, 0);
    t.deepEqual(readdirSync(scene.work), []);
  });

  sandboxed(`a helper can be killed, with ${spawner}`, async (t) => {
    const scene = new HelperScene(t, { spawner });
    scene.startHelper(1);
    await scene.pipes(t, 1);
    scene.watched.supervisor.handle({ do: 'terminate', key: 1 });
    t.is((await scene.watched.told('helperEnded', 1)).exitCode, 137);
    t.false(await scene.holds(1));
  });
}

sandboxed(
  'a helper gets nothing of the environment that could change it, no network, and the root as its directory',
  async (t) => {
    process.env.NODE_OPTIONS_OF_TEST = 'x';
    const scene = new HelperScene(t);
    const { network: _, ...policy } = enforcing(scene.policy).policy as never as Record<string, unknown>;
    const enforcement = { ...enforcing(scene.policy), policy: { ...policy, network: 'enabled' } } as never;
    scene.watched.supervisor.handle({ do: 'startHelper', key: 1, enforcement });
    await scene.pipes(t, 1);
    const node = () => nodeIn(scene);
    await eventually(() => node() !== undefined);
    const names = readFileSync(`/proc/${node()}/environ`, 'latin1')
      .split('\0')
      .map((variable) => variable.split('=')[0])
      .filter((name) => name !== '');
    const allowed = ['PATH', 'TMPDIR', 'TMP', 'TEMP', 'PWD'];
    t.deepEqual(
      names.filter((name) => !allowed.includes(name!)),
      [],
    );
    t.is(readFileSync(`/proc/${node()}/net/dev`, 'utf8').trim().split('\n').length, 3, 'two lines of heading, and lo');
  },
);

/** The pid of Node below the leader of the only helper of the scene. */
function nodeIn(scene: Scene): number | undefined {
  const command = HELPER_COMMAND.join('\0');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const inside = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(` ${scene.work} `);
        return inside && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(command);
      } catch {
        return false;
      }
    });
}

sandboxed('where nothing but a folder can be read a helper starts all the same', async (t) => {
  const scene = new HelperScene(t);
  scene.startHelper(1, [`write ${scene.work}`]);
  const { errors, input, output } = await scene.watched.told('helper', 1);
  const said: Buffer[] = [];
  const socket = new Socket({ fd: errors });
  socket.on('data', (bytes) => said.push(bytes));
  closeSync(input);
  t.teardown(() => closeSync(output));
  t.is((await scene.watched.told('helperEnded', 1)).exitCode, 0, Buffer.concat(said).toString());
  socket.destroy();
});

sandboxed('a helper that its policy could change is refused', async (t) => {
  const scene = new HelperScene(t);
  for (const [key, writable] of [
    [1, HELPER_PROGRAM],
    [2, join(HELPER_PROGRAM, '../..')],
    [3, HELPER_COMMAND[0]!],
  ] as const) {
    scene.startHelper(key, ['read /', `write ${writable}`]);
    const { code, message } = await scene.watched.told('refused', key);
    t.is(code, -32603);
    t.regex(message, /^sandbox unavailable: the policy makes .* writable/);
  }
});

sandboxed('where the whole disk is given a helper starts although it is given, too', async (t) => {
  const scene = new HelperScene(t);
  scene.startHelper(1, ['write /', `deny ${scene.work}/secret`]);
  (await scene.pipes(t, 1)).close();
  t.is((await scene.watched.told('helperEnded', 1)).exitCode, 0);
});

sandboxed('a check tells whether the sandbox is still what a new one would be', async (t) => {
  const scene = new HelperScene(t);
  const words = [...scene.policy, `deny ${scene.work}/secret`, `glob ${scene.work} **.env`];
  scene.startHelper(1, words);
  await scene.pipes(t, 1);
  t.true(await scene.holds(1));
  t.is((await scene.run('echo x > other; ls -A')).exitCode, 0);
  t.true(await scene.holds(1), 'another sandbox and its placeholders make no difference');
  writeFileSync(join(scene.work, 'new.env'), '');
  t.false(await scene.holds(1), 'a file that a glob denies');
  scene.startHelper(2, words);
  await scene.pipes(t, 2);
  t.true(await scene.holds(2));
  mkdirSync(join(scene.outside, 'x'));
  t.true(await scene.holds(2), 'what no rule speaks of');
  t.false(await scene.holds(3), 'nobody');
});

sandboxed('a check sees a root that has been replaced', async (t) => {
  const scene = new HelperScene(t);
  const root = join(scene.outside, 'root');
  mkdirSync(root);
  scene.startHelper(1, ['read /', `write ${root}`]);
  const pipes = await scene.pipes(t, 1);
  t.true(await scene.holds(1));
  pipes.close();
  await scene.watched.told('helperEnded', 1);
  const other = join(scene.outside, 'other');
  mkdirSync(other);
  scene.startHelper(2, ['read /', `write ${root}`]);
  await scene.pipes(t, 2);
  rmSync(root, { recursive: true, force: true });
  symlinkSync(other, root);
  t.false(await scene.holds(2));
});

sandboxed('a helper puts nothing in the way of writing, unless it has no /proc to find its way by', async (t) => {
  const scene = new HelperScene(t);
  scene.startHelper(1);
  await scene.pipes(t, 1);
  t.is(scene.placeholders.living().size, 0);
  const enforcement = enforcing([`write ${scene.work}`], { ownProcesses: false });
  scene.watched.supervisor.handle({ do: 'startHelper', key: 2, enforcement });
  await scene.pipes(t, 2);
  t.is(scene.placeholders.living().size, 4);
});

sandboxed('an end of the worker ends its helpers', async (t) => {
  const scene = new HelperScene(t);
  scene.startHelper(1);
  await scene.pipes(t, 1);
  await scene.watched.end();
  t.deepEqual(readdirSync(scene.work), []);
});
