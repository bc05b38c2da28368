/** Commands under a policy, with the bubblewrap of this machine, from their start until nothing of them is left. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { SPAWNERS } from '#test/support/executor-program.js';
import { allProcesses, eventually, isRunning } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { BUBBLEWRAP, Scene } from './support/confined.js';

process.removeAllListeners('warning');

const sandboxed = canSandbox ? test : test.skip;

for (const spawner of SPAWNERS) {
  const with_ = `with ${spawner}`;

  sandboxed(`a command writes what its policy says, and nothing else, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const { exitCode, sandboxDenied, text } = await scene.run(`echo in > f; cat f; echo out > ${scene.outside}/f`);
    t.is(exitCode, 2);
    t.true(sandboxDenied);
    t.regex(text, /^in\n.*Read-only file system\n$/s);
    t.is(readFileSync(join(scene.work, 'f'), 'utf8'), 'in\n');
    t.deepEqual(readdirSync(scene.outside), []);
  });

  sandboxed(`a command has its three descriptors and no other, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const list = 'ls /proc/self/fd';
    t.is((await scene.run(list)).text, '0\n1\n2\n3\n', 'the 3 is that of ls itself');
    const files = scene.confinement([...scene.policy, `read ${scene.work}/held`]);
    t.is((await scene.run(list, { confinement: files })).text, '0\n1\n2\n3\n');
    const byName = scene.confinement(scene.policy, { bindsDescriptors: false });
    t.is((await scene.run(list, { confinement: byName })).text, '0\n1\n2\n3\n');
  });

  sandboxed(`exit codes are those of the command, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    t.is((await scene.run('exit 42')).exitCode, 42);
    t.is((await scene.run('kill -9 $$')).exitCode, 137);
    t.is((await scene.run('kill -TERM $$')).exitCode, 143);
    t.is((await scene.run('kill -SYS $$')).exitCode, 159);
  });

  sandboxed(`standard input reaches the command, and so does its end, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('read line; echo "got $line"', { stdio: 'pipes and stdin' });
    scene.watched.supervisor.handle({ do: 'write', key, bytes: Buffer.from('x\n') });
    await scene.watched.told('closed', key);
    t.is(scene.watched.textOf(key), 'got x\n');
  });

  sandboxed(`an interrupt ends the whole sandbox, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.01; done');
    await scene.watched.said('ready', key);
    scene.watched.supervisor.handle({ do: 'interrupt', key, token: 1 });
    t.is((await scene.watched.told('exited', key)).exitCode, 130);
    t.is(scene.watched.textOf(key), 'ready\n');
  });

  sandboxed(`so does an interrupt before there is a command, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('sleep 1000');
    scene.watched.supervisor.handle({ do: 'interrupt', key, token: 1 });
    t.is((await scene.watched.told('exited', key)).exitCode, 130);
  });

  sandboxed(`termination leaves no process and no placeholder, ${with_}`, async (t) => {
    const scene = new Scene(t, { spawner });
    const key = scene.start('trap "" INT TERM HUP; setsid sh -c "trap \\"\\" TERM; sleep 4711" & echo ready; wait');
    await scene.watched.said('ready', key);
    t.true(existsSync(join(scene.work, '.codex')));
    scene.watched.supervisor.handle({ do: 'terminate', key });
    t.is((await scene.watched.told('exited', key)).exitCode, 137);
    t.deepEqual(readdirSync(scene.work), []);
    t.deepEqual(sleepers('4711'), []);
  });

  sandboxed(
    `the exit is told when nothing is left: neither placeholders nor what ran in the background, ${with_}`,
    async (t) => {
      const scene = new Scene(t, { spawner });
      const key = scene.start('setsid nohup sleep 4712 & ls -A; exit 3');
      await scene.watched.told('exited', key);
      t.deepEqual(readdirSync(scene.work), []);
      t.deepEqual(sleepers('4712'), []);
      await scene.watched.told('closed', key);
      t.true(scene.watched.textOf(key).includes('.codex'));
    },
  );
}

const sleepers = (seconds: string): number[] =>
  allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isRunning(pid) && commandOf(pid).includes(`sleep\0${seconds}`));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

sandboxed('one sandbox that ends leaves the placeholders of another', async (t) => {
  const scene = new Scene(t);
  const key = scene.start('echo ready; read line; { echo x > .codex; } 2> /dev/null || echo held', {
    stdio: 'pipes and stdin',
  });
  await scene.watched.said('ready', key);
  t.is((await scene.run(':')).exitCode, 0);
  scene.watched.supervisor.handle({ do: 'write', key, bytes: Buffer.from('\n') });
  await scene.watched.told('closed', key);
  t.true(scene.watched.textOf(key).endsWith('held\n'));
  t.deepEqual(readdirSync(scene.work), []);
});

sandboxed('an end of the worker leaves nothing either', async (t) => {
  const scene = new Scene(t);
  const keys = ['sleep 4713', 'trap "" TERM; sleep 4713'].map((script) => scene.start(`echo ready; ${script}`));
  for (const key of keys) await scene.watched.said('ready', key);
  await scene.watched.end();
  t.deepEqual(readdirSync(scene.work), []);
  t.deepEqual(sleepers('4713'), []);
  t.deepEqual([...scene.placeholders.living()], []);
});

sandboxed('variables of the command do not reach bubblewrap, and are all that the command gets', async (t) => {
  const scene = new Scene(t);
  const environment = [
    ['LD_PRELOAD', '/nowhere.so'],
    ['PATH', '/usr/bin:/bin'],
  ] as const;
  const argv = ['/bin/cat', '/proc/self/environ'];
  const { text } = await scene.run('', { environment, argv });
  // The loader of each program that gets such a variable complains: here it is one program.
  t.is(text.split('ERROR: ld.so').length - 1, 1);
  const variables = text.replace(/ERROR: .*\n/, '').split('\0');
  t.deepEqual(variables.filter((variable) => variable !== '').sort(), [
    'LD_PRELOAD=/nowhere.so',
    'PATH=/usr/bin:/bin',
    `PWD=${scene.work}`,
  ]);
});

sandboxed('a program is looked for on the PATH of the command, inside', async (t) => {
  const scene = new Scene(t);
  mkdirSync(join(scene.work, 'bin'));
  writeFileSync(join(scene.work, 'bin/tool'), '#!/bin/sh\necho found\n', { mode: 0o755 });
  const environment = [['PATH', `${scene.work}/bin`]] as const;
  t.is((await scene.run('', { argv: ['tool'], environment })).text, 'found\n');
  const missing = await scene.run('', { argv: ['/no/such'] });
  t.is(missing.exitCode, 1);
  t.regex(missing.text, /No such file or directory/);
});

sandboxed('a sandbox without a network has none, one with it has that of the host', async (t) => {
  const scene = new Scene(t);
  const links = 'readlink /proc/self/ns/net';
  const own = (await scene.run(links)).text;
  const { policy, ...rest } = scene.confinement(scene.policy) as never as Record<string, object>;
  const enabled = { ...rest, policy: { ...policy, network: 'enabled' } } as never;
  const shared = (await scene.run(links, { confinement: enabled })).text;
  t.not(own, shared);
  t.is(shared, (await scene.run(links, { confinement: null })).text);
});

sandboxed(
  'where only the network is taken, the disk is that of the host, and a termination ends what the command started',
  async (t) => {
    const scene = new Scene(t);
    const confinement = { ...scene.confinement([]), policy: { kind: 'offline' } } as never;
    t.is((await scene.run(`echo x > ${scene.outside}/f; ls /proc/self/fd`, { confinement })).text, '0\n1\n2\n3\n');
    t.deepEqual(readdirSync(scene.outside), ['f']);
    const key = scene.start('sleep 4714 & echo ready; wait', { confinement });
    await scene.watched.said('ready', key);
    scene.watched.supervisor.handle({ do: 'terminate', key });
    t.is((await scene.watched.told('exited', key)).exitCode, 137);
    await eventually(() => sleepers('4714').length === 0);
    t.pass();
  },
);

sandboxed('where only the network is taken, an interrupt reaches the command, which may catch it', async (t) => {
  const scene = new Scene(t);
  const confinement = { ...scene.confinement([]), policy: { kind: 'offline' } } as never;
  const script = 'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.01; done';
  const key = scene.start(script, { confinement });
  await scene.watched.said('ready', key);
  scene.watched.supervisor.handle({ do: 'interrupt', key, token: 1 });
  t.is((await scene.watched.told('exited', key)).exitCode, 7);
  t.is(scene.watched.textOf(key), 'ready\ncaught\n');
});

sandboxed('secrets are denied whatever the policy says', async (t) => {
  using secret = new TemporaryFolder();
  secret.write('token', 'hush');
  const scene = new Scene(t, { secrets: [secret.file('token')] });
  for (const confinement of [scene.confinement(['write /']), scene.confinement(['read /'])]) {
    const { exitCode, text } = await scene.run(`cat ${secret.file('token')}; ls ${scene.placeholders.directory}`, {
      confinement,
    });
    t.not(exitCode, 0);
    t.false(text.includes('hush'));
    t.regex(text, /cannot open directory|Permission denied/);
  }
});

sandboxed('arg0 is what the command sees as its name', async (t) => {
  const scene = new Scene(t);
  t.is((await scene.run('echo "$0"', { argv: ['/bin/sh', '-c', 'echo "$0"'], arg0: 'renamed' })).text, 'renamed\n');
});

sandboxed('a launch that must not be is refused with words, and leaves nothing', async (t) => {
  const scene = new Scene(t);
  t.is(await scene.refusal({ directory: '/nowhere' }), '-32603 No such file or directory (os error 2)');
  t.is(await scene.refusal({ directory: '/bin/sh' }), '-32603 Not a directory (os error 20)');
  t.is(await scene.refusal({ argv: ['/bin/sh', 'a\0b'] }), '-32602 sandboxed command has a NUL byte in an argument');
  t.is(await scene.refusal({ arg0: 'a\0--bind\0/\0/' }), '-32602 sandboxed command has a NUL byte in an argument');
  t.is(await scene.refusal({ environment: [['A', 'a\0b']] }), '-32602 sandboxed command has a NUL byte in a variable');
  t.is(await scene.refusal({ argv: ['/bin/echo', 'x'.repeat(140_000)] }), '-32603 Argument list too long (os error 7)');
  t.is(
    await scene.refusal({ environment: [['A', 'x'.repeat(4_000_000)]] }),
    '-32603 Argument list too long (os error 7)',
  );
  t.is(
    await scene.refusal({ argv: ['/bin/echo', ...Array(40).fill('x'.repeat(100_000))] }),
    '-32603 Argument list too long (os error 7)',
  );
  symlinkSync(scene.outside, join(scene.work, 'link'));
  t.is(
    await scene.refusal({
      confinement: scene.confinement(['read /', `write ${scene.work}`, `write ${scene.work}/link`]),
    }),
    `-32602 cannot use sandbox writable path ${scene.work}/link because it crosses writable symlink ${scene.work}/link`,
  );
  t.is(
    await scene.refusal({ confinement: scene.confinement(['deny /']), arg0: 'x' }),
    '-32602 `arg0` cannot be set in this sandbox: it needs bubblewrap 0.9 or later, or a policy that lets bash be read',
  );
  t.is(
    await scene.refusal({ confinement: scene.confinement(scene.policy, { path: '/nowhere/bwrap' }) }),
    '-32603 No such file or directory (os error 2)',
  );
  t.deepEqual([...scene.placeholders.living()], []);
  t.deepEqual(readdirSync(scene.work), ['link']);
});

for (const spawner of SPAWNERS) {
  sandboxed(`neither launches nor refusals leave descriptors, with ${spawner}`, (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('work'));
    const program = fileURLToPath(new URL('support/launches-program.js', import.meta.url));
    const args = [program, spawner, folder.file('runtime'), folder.file('work')];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    t.is(stdout, '0\n', stderr);
  });
}

for (const member of ['path', 'signalEnv'] as const) {
  sandboxed(`what makes a sandbox stays as it is in a folder that is given away: ${member}`, async (t) => {
    const scene = new Scene(t);
    const place = join(scene.work, member);
    const original = readFileSync(BUBBLEWRAP[member]!);
    writeFileSync(place, original, { mode: 0o755 });
    const tries = [`: >> ${place}`, `rm -f ${place}`, `mv ${place} ${scene.work}/other`, `ln -f /bin/true ${place}`];
    const script = tries.map((each) => `(${each}) 2>/dev/null && echo "done: ${each}"`).join('\n');
    const confinement = scene.confinement(scene.policy, { [member]: place });
    t.is((await scene.run(script, { confinement })).text, '');
    t.deepEqual(readFileSync(place), original);
  });

  sandboxed(`one that is given away by its name makes none: ${member}`, async (t) => {
    const scene = new Scene(t);
    const place = join(scene.work, member);
    copyFileSync(BUBBLEWRAP[member]!, place);
    t.is(
      await scene.refusal({
        confinement: scene.confinement([...scene.policy, `write ${place}`], { [member]: place }),
      }),
      `-32603 sandbox unavailable: the policy makes ${place} writable, which belongs to what enforces it; install that in another place`,
    );
  });
}

sandboxed('so do our own code, its packages and Node', async (t) => {
  const scene = new Scene(t);
  const files = ['package.json', 'dist/server.js', 'node_modules/ws/package.json'].map((name) => resolve(name));
  const script = [...files, process.execPath].map((file) => `(: >> ${file}) 2>/dev/null && echo ${file}`).join('\n');
  const confinement = scene.confinement([
    ...scene.policy,
    `write ${resolve('.')}`,
    `write ${dirname(process.execPath)}`,
  ]);
  t.is((await scene.run(script, { confinement })).text, '');
});

sandboxed('what any sandbox was allowed to write is remembered for the next', async (t) => {
  const scene = new Scene(t);
  scene.watched.supervisor.handle({ do: 'remember', writable: [scene.outside] });
  for (const place of [scene.work, scene.outside]) {
    await scene.run(':');
    symlinkSync('/etc', join(place, 'planted'));
    t.regex(
      await scene.refusal({ confinement: scene.confinement(['read /', `write ${place}/planted`]) }),
      /^-32602 cannot use sandbox writable path .* because it crosses writable symlink/,
    );
  }
});
