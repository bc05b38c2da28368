/** What `npm pack` makes is complete: it installs into an empty folder and does there what the README says. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const execute = promisify(execFile);
const TSC = resolve('node_modules/.bin/tsc');

const USER_SCRIPT = `
import { connect } from 'farhand';
import { METHOD_NOT_FOUND } from 'farhand/protocol';
import { RemoteExecutor } from 'farhand/remote';
import { Executor, listen } from 'farhand/server';
import { spanObserver } from 'farhand/observation';

const client = await connect({ command: 'npx', args: ['farhand', 'serve', '--listen', 'stdio'] });
const { exitCode, stdoutText } = await client.run(['sh', '-c', 'cat; exit 3'], { input: 'through' });
await client.close();
console.log(exitCode, stdoutText, typeof METHOD_NOT_FOUND, typeof Executor, typeof listen);
console.log(typeof spanObserver, typeof RemoteExecutor);
`;

const USER_TYPES = `
import { type Client, connect, type ProcessEvent, type ProcessExit, RunResult } from 'farhand';
import { type FileErrorCode, FileError, FileReadStream, type FileMetadata, FileWriteStream, fileUri } from 'farhand';
import { METHOD_NOT_FOUND, type Method, type MethodParams } from 'farhand/protocol';
import { Executor, type ExecutorEvent, type Listener, listen, type Observer } from 'farhand/server';
import { LineSink, Metrics, openLog, serveMetrics, spanObserver, together } from 'farhand/observation';
import { RemoteExecutor, type RemoteExecutorOptions } from 'farhand/remote';

const client: Client = await connect(new URL('ws://127.0.0.1:9000'), { token: undefined });
const result: RunResult = await client.run(['ls'], { cwd: '/', input: new Uint8Array(1) });
const process = await client.start(['ls']);
const events: AsyncIterable<ProcessEvent> = process.events;
const exit: ProcessExit = await process.exit;
// @ts-expect-error: a command is a list of arguments, and types are not lost on the way
await client.run('ls');
const reading: FileReadStream = await client.files.openRead(new URL('file:///C:/x'), { start: 1, signal: undefined });
const blocks: AsyncIterable<Uint8Array> = reading;
const web: ReadableStream<Uint8Array> = reading;
await web.pipeTo(await client.files.openWrite(fileUri('/x')));
const writing: FileWriteStream = await client.files.openWrite('/x', { sandbox: null });
const webWriting: WritableStream<Uint8Array | string> = writing;
const metadata: FileMetadata = await client.files.getMetadata('/x', { followSymlinks: false });
const { entries } = await client.files.walk('/x', { maxDepth: 1 });
const kinds: ('directory' | 'file')[] = entries.map(({ kind }) => kind);
const codeOf = (error: FileError): FileErrorCode => error.code;
// @ts-expect-error: where a copy goes has to be said
await client.files.copy('/x');
const method: Method = 'process/start';
const params: MethodParams['process/terminate'] = { processId: 'p' };
const code: number = METHOD_NOT_FOUND;
const log = await openLog({ format: 'json' }, new LineSink(globalThis.process.stderr));
const metrics: Metrics = new Metrics({ state: () => executor.state, lostLines: () => ({ log: 0, audit: 0 }) });
const mine: Observer = { tell: (event: ExecutorEvent) => void (event.event === 'sessionEnded' && event.cause.type) };
const observer: Observer | undefined = together([log, metrics, spanObserver(), mine]);
await serveMetrics({ host: '127.0.0.1', port: 0, metrics, isHealthy: () => !executor.isDraining });
await using executor: Executor = new Executor({ observer });
const listener: Listener = await listen({ host: '127.0.0.1', port: 0 }, executor.accept);
const place = { registryUrl: 'https://relay.example', environmentId: 'build-7', token: 'secret' };
const remoteOptions: Pick<RemoteExecutorOptions, 'accept' | 'log'> = { accept: executor.accept, log: () => {} };
await RemoteExecutor.withBearerToken({ ...place, ...remoteOptions }).run(AbortSignal.abort());
export { blocks, code, codeOf, events, exit, kinds, listener, metadata, method, params, result, webWriting };
`;

const folder = new TemporaryFolder();
const project = folder.file('project');
let packed: readonly string[] = [];

test.before('pack and install', async (t) => {
  t.timeout(180_000);
  // Without scripts: what is built is what is tested, and other tests run from it at this moment.
  const { stdout } = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path]);
  const [{ filename, files }] = JSON.parse(stdout);
  packed = files.map(({ path }: { path: string }) => path);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', folder.file(filename)];
  await execute('npm', install, { cwd: project });
});
test.after.always(() => folder[Symbol.dispose]());

const npx = (args: readonly string[]) => execute('npx', ['farhand', ...args], { cwd: project });

test.serial('the package holds what runs, its sources, its licence and its README, and nothing else', (t) => {
  for (const name of ['LICENSE', 'README.md', 'package.json', 'dist/cli.js', 'dist/server.js', 'dist/index.d.ts']) {
    t.true(packed.includes(name), name);
  }
  t.true(packed.includes('dist/workers/supervise.js'));
  const strangers = packed.filter(
    (name) =>
      !/^(LICENSE|README\.md|package\.json|dist\/.+\.(js|d\.ts|js\.map)|(src|workers)\/.+\.ts|proto\/.+)$/.test(name),
  );
  t.deepEqual(strangers, []);
});

test.serial('every source map leads to a source in the package', (t) => {
  const there = new Set(packed);
  for (const map of packed.filter((name) => name.endsWith('.map'))) {
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
    for (const source of sources) t.true(there.has(join(dirname(map), source)), `${map}: ${source}`);
  }
});

test.serial('the command is there, and says its version', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.is((await npx(['--version'])).stdout, `farhand ${version}\n`);
});

test.serial('an installed executor serves an installed command line', async (t) => {
  const cli = join(project, 'node_modules/.bin/farhand');
  const executor = spawn(cli, ['serve'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(executor, 'exit');
  try {
    const [url] = await once(createInterface({ input: executor.stdout }), 'line');
    const { stdout } = await npx(['run', url, '--', 'sh', '-c', 'test -t 1 || echo no terminal']);
    t.is(stdout, 'no terminal\n');
    t.is((await npx(['run', '--tty', url, '--', 'sh', '-c', 'test -t 1 && echo terminal'])).stdout, 'terminal\r\n');
  } finally {
    executor.kill('SIGTERM');
  }
  t.deepEqual(await ended, [0, null]);
});

test.serial('a program imports the client, the protocol and the server', async (t) => {
  writeFileSync(join(project, 'user.js'), USER_SCRIPT);
  const { stdout, stderr } = await execute(process.execPath, ['user.js'], { cwd: project });
  t.deepEqual([stdout, stderr], ['3 through number function function\nfunction function\n', '']);
});

test.serial('a strict TypeScript program finds types for all of them, and the types are sound', async (t) => {
  // What every TypeScript program on Node has; the types of our own dependencies must come with them.
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(resolve('node_modules', name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'user.ts'), USER_TYPES);
  const options = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--module', 'NodeNext'];
  const target = ['--target', 'ES2023', '--lib', 'ES2024,ESNext.Disposable', '--types', 'node', '--noEmit'];
  await t.notThrowsAsync(execute(TSC, [...options, ...target, 'user.ts'], { cwd: project }));
});
