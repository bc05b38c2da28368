/** The unit and the Dockerfile of the README are right: their commands run, and the unit is one that systemd takes. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import test from 'ava';
import { CLI, FarhandProgram } from './cli/support/farhand.js';
import { TemporaryFolder } from './support/temporary-folder.js';

const execute = promisify(execFile);
const README = readFileSync('README.md', 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(README)?.[1] ?? '';
const UNIT = block('ini');
const DOCKERFILE = block('dockerfile');

const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(UNIT)?.[1] ?? '';
/** The words of an instruction in its form of a JSON list. */
const words = (instruction: string): string[] =>
  JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(DOCKERFILE)?.[1] ?? '[]');

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

test('the command of the unit serves, reads its token again when it is told to reload, and stops in time', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('token', 'the token');
  const [program, ...args] = setting('ExecStart').split(' ');
  t.is(program, '/usr/bin/farhand');
  const given = args.map((arg) => arg.replace('/etc/farhand/token', folder.file('token')).replace(':9000', ':0'));
  t.notDeepEqual(given, args);
  await using executor = new FarhandProgram(given);
  await executor.says(/^ws:/);
  const reload = setting('ExecReload').replace('$MAINPID', `${executor.pid}`).split(' ');
  await execute(reload[0]!, reload.slice(1));
  await executor.says(/was read again/, 'stderr');
  executor.kill('SIGTERM');
  t.is((await executor.outcome()).code, 0);
  const drainSeconds = Number(args[args.indexOf('--drain-seconds') + 1]);
  t.true(Number(setting('TimeoutStopSec')) > drainSeconds);
  t.is(setting('KillMode'), 'mixed');
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
(hasSystemd ? test : test.skip)('systemd takes the unit', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('farhand.service', UNIT.replace('/usr/bin/farhand', `${process.execPath} ${CLI}`));
  const { stdout, stderr } = await execute('systemd-analyze', ['verify', '--man=no', folder.file('farhand.service')]);
  // It looks at the machine's own units, too, and may find fault with them.
  t.false(`${stdout}${stderr}`.includes(folder.file('farhand.service')), stderr);
});

test('the command of the container serves, and its health is that of the executor', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('token', 'the token');
  const metrics = await freePort();
  const here = (word: string) =>
    word.replace('/run/secrets/farhand', folder.file('token')).replace(':9000', ':0').replace('9464', `${metrics}`);
  const [program, ...args] = [...words('ENTRYPOINT'), ...words('CMD')].map(here);
  t.is(program, 'farhand');
  const health = words('HEALTHCHECK CMD').map(here);
  const isHealthy = () => spawnSync(health[0]!, health.slice(1)).status === 0;
  t.false(isHealthy());
  await using executor = new FarhandProgram(args);
  await executor.says(/^ws:/);
  t.true(isHealthy());
  executor.kill('SIGTERM');
  t.is((await executor.outcome()).code, 0);
});
