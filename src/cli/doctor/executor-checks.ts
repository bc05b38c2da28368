/** What an executor on this machine can do, seen by a client: the sum of everything else. */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Check } from '../../bubblewrap/diagnose.js';
import { type Client, connect } from '../../index.js';
import { startOwnExecutor } from '../own-executor.js';

/** `withSandbox`: it is worth trying. */
export async function checkExecutor(withSandbox: boolean): Promise<Check[]> {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'farhand-doctor-')));
  try {
    const checks = await checksOnExecutor(withSandbox, workspace);
    // Sandboxes may be kept for a while; now all have ended.
    return withSandbox ? [...checks, await checked('nothing left behind', () => isClean(workspace))] : checks;
  } catch (error) {
    return [{ name: 'executor', verdict: 'problem', problem: (error as Error).message, remedy: undefined }];
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function checksOnExecutor(withSandbox: boolean, workspace: string): Promise<Check[]> {
  await using executor = await startOwnExecutor('ignore');
  await using client = await connect(executor.address, { token: executor.token });
  const checks = [await checked('commands', () => runs(client)), await checked('terminals', () => hasTerminal(client))];
  if (!withSandbox) return checks;
  return [
    ...checks,
    await checked('sandboxed commands', () => isConfined(client, workspace)),
    await checked('sandboxed file access', () => areFilesConfined(client, workspace)),
  ];
}

/** Runs one check, which says what went well, or throws. */
async function checked(name: string, check: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, verdict: 'ok', detail: await check() };
  } catch (error) {
    return { name, verdict: 'problem', problem: (error as Error).message, remedy: undefined };
  }
}

async function runs(client: Client): Promise<string> {
  const { stdoutText } = await client.run(['/bin/sh', '-c', 'echo well; readlink /proc/self/fd/1']);
  const [word, output = ''] = stdoutText.split('\n');
  expect(word === 'well', 'a command ran, and its output was not what it should be');
  // Without native calls it is a FIFO, which has a name.
  if (output.startsWith('pipe:')) return 'started by native calls';
  const why = isLoadable('koffi') ? 'native calls are not used here' : 'koffi cannot be loaded here';
  return `started by Node, more slowly: ${why}`;
}

async function hasTerminal(client: Client): Promise<string> {
  const terminal = await client.start(['/bin/sh', '-c', 'test -t 0 && test -t 1 && echo well'], { tty: true });
  const screen = await new Response(terminal.output as never).text();
  expect(screen === 'well\r\n', 'a command got no terminal');
  return 'interactive programs work';
}

async function isConfined(client: Client, workspace: string): Promise<string> {
  const inside = join(workspace, 'inside');
  const outside = `${workspace}-outside`;
  const script = 'echo in > "$0"; echo out > "$1"; echo well';
  const { stdoutText } = await client.run(['/bin/sh', '-c', script, inside, outside], {
    cwd: workspace,
    sandbox: sandbox(workspace),
  });
  const escaped = existsSync(outside);
  rmSync(outside, { force: true });
  expect(!escaped, 'a sandboxed command could write outside of its workspace');
  expect(stdoutText === 'well\n' && existsSync(inside), 'a sandboxed command could not write in its workspace');
  return 'they write in their workspace, and nowhere else';
}

async function areFilesConfined(client: Client, workspace: string): Promise<string> {
  const options = { sandbox: sandbox(workspace) };
  await client.files.writeFile(join(workspace, 'inside'), 'well\n', options);
  const outside = `${workspace}-outside`;
  const refused = await client.files.writeFile(outside, 'out\n', options).then(
    () => false,
    () => true,
  );
  const escaped = existsSync(outside);
  rmSync(outside, { force: true });
  expect(refused && !escaped, 'sandboxed file access could write outside of its workspace');
  return 'the same for files that are written without a command';
}

function isClean(workspace: string): string {
  const left = readdirSync(workspace).filter((name) => name !== 'inside');
  expect(left.length === 0, `a sandbox left something in its workspace: ${left.join(', ')}`);
  return 'what stood in for missing files is gone';
}

/** The whole disk is read, the workspace is written, there is no network. */
const sandbox = (workspace: string) => ({
  permissions: {
    type: 'managed' as const,
    file_system: {
      type: 'restricted' as const,
      entries: [
        { path: { type: 'special' as const, value: { kind: 'root' as const } }, access: 'read' as const },
        { path: { type: 'path' as const, path: pathToFileURL(workspace).href }, access: 'write' as const },
      ],
    },
    network: 'restricted' as const,
  },
  windowsSandboxLevel: 'disabled' as const,
});

function expect(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}

function isLoadable(name: string): boolean {
  try {
    createRequire(import.meta.url)(name);
    return true;
  } catch {
    return false;
  }
}
