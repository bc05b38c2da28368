/** Attack 47: where there is no sandbox nothing runs that asks for one; where only a /proc of its own is missing, it works without. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync } from 'node:fs';
import test from 'ava';
import { INTERNAL_ERROR } from '#src/protocol/errors.js';
import { FarhandProgram } from '#test/cli/support/farhand.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { canSandbox } from '../support/real-sandbox.js';
import { USERS, type User } from './scene.js';

interface World {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Prepares what an executor without privileges on the host would find. */
  readonly prepare?: string;
  readonly reason: string;
  /** Part of the one line that the operator is told. */
  readonly remedy: string;
}

const CLOSED: readonly World[] = [
  {
    name: 'there is no bubblewrap',
    env: { FARHAND_BWRAP: '/no/such/bwrap' },
    reason: 'FARHAND_BWRAP names `/no/such/bwrap`, where no program is',
    remedy: 'correct or remove FARHAND_BWRAP',
  },
  {
    name: 'there are no user namespaces',
    prepare: 'echo 0 > /proc/sys/user/max_user_namespaces',
    reason: 'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)',
    remedy: 'allow user namespaces with `sysctl user.max_user_namespaces=15000`',
  },
];

/** Who is root here only by name needs a runtime directory apart from that of the real one. */
const MASKED = 'mount -t tmpfs none /proc/bus && mount -t tmpfs none /run && mkdir -p /run/user/0';

/** A program that runs another in namespaces of its own when they have to be prepared. */
const under = (prepare: string | undefined): readonly string[] =>
  prepare === undefined
    ? []
    : ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', `${prepare} && exec "$@"`, 'sh'];

const canPrepare = canSandbox && spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;
const testHere = canPrepare ? test : test.skip;

async function serve({ uid }: User, { env = {}, prepare }: Pick<World, 'env' | 'prepare'>) {
  const program = new FarhandProgram(['serve'], { env, under: under(prepare), uid });
  const [, url] = await program.says(/^(ws:\/\/\S+)\n/);
  return { program, url: url! };
}

const sandbox = (workspace: string) => ({
  permissions: {
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [
        { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
        { path: { type: 'path', path: `file://${workspace}` }, access: 'write' },
      ],
    },
    network: 'restricted',
  },
  windowsSandboxLevel: 'disabled',
});

function workspaceOf(user: User): TemporaryFolder {
  const folder = new TemporaryFolder();
  chownSync(folder.path, user.uid, user.gid);
  chmodSync(folder.path, 0o755);
  return folder;
}

for (const user of USERS) {
  for (const world of CLOSED) {
    testHere(`where ${world.name} a start with a sandbox is refused, and nothing runs (${user.name})`, async (t) => {
      using workspace = workspaceOf(user);
      const { program, url } = await serve(user, world);
      await using _ = program;
      await using client = await RpcClient.connect(url);
      const confined = { more: { sandbox: sandbox(workspace.path) } };
      await t.throwsAsync(client.shell('p', `touch ${workspace.file('ran')}`, confined), {
        code: INTERNAL_ERROR,
        message: `sandbox unavailable: ${world.reason}; ${world.remedy}`,
      });
      // What asks for no sandbox is served, and by then the other would have run.
      await client.shell('q', `echo free > ${workspace.file('free')}`);
      await client.closed('q');
      t.is(workspace.read('free'), 'free\n');
      t.false(existsSync(workspace.file('ran')));
      program.kill('SIGTERM');
      const { stderr } = await program.outcome();
      const lines = stderr.split('\n').filter((line) => line.includes(world.reason));
      t.is(lines.length, 1, stderr);
      t.true(lines[0]!.includes(world.remedy));
    });
  }

  testHere(
    `where /proc is masked a sandbox works without its own, and the operator is told (${user.name})`,
    async (t) => {
      using workspace = workspaceOf(user);
      using outside = workspaceOf(user);
      const { program, url } = await serve(user, { prepare: MASKED });
      await using _ = program;
      await using client = await RpcClient.connect(url);
      const script = `echo in > ${workspace.file('in')}; echo out > ${outside.file('out')}; kill -0 ${program.pid} && echo reached`;
      await client.shell('p', script, { more: { sandbox: sandbox(workspace.path) } });
      await client.closed('p');
      t.is(workspace.read('in'), 'in\n');
      t.false(existsSync(outside.file('out')));
      t.regex(client.record('p').output('stderr').toString(), /Read-only file system/);
      t.false(client.record('p').output('stdout').toString().includes('reached'));
      program.kill('SIGTERM');
      const { stderr } = await program.outcome();
      t.is(stderr.split('\n').filter((line) => /sandbox no \/proc of its own/.test(line)).length, 1, stderr);
    },
  );
}
