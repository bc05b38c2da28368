/** Invariants that no single folder keeps; the others are tested beside what keeps them. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { connect } from '#src/index.js';
import { ExecutorProgram } from './support/executor-program.js';
import { RpcClient } from './support/rpc-client.js';
import { TemporaryFolder } from './support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('sandboxDenied is decided before exited can be observed', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  await client.shell('p', 'exit 1');
  await client.closed('p');
  const exited = client.pushed.find((event) => 'exitCode' in event);
  t.like(exited, { exitCode: 1, sandboxDenied: false });
  t.like(await client.read('p'), { exited: true, sandboxDenied: false });
});

test('no credential is in any log or error', async (t) => {
  using folder = new TemporaryFolder();
  const token = randomBytes(16).toString('hex');
  const wrong = randomBytes(16).toString('hex');
  folder.write('token', token);
  const server = spawn(
    process.execPath,
    [join(ROOT, 'dist/server.js'), '--ws-auth', 'capability-token', '--ws-token-file', folder.file('token')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = text(server.stderr);
  const lines = createInterface({ input: server.stdout });
  const [url] = await once(lines, 'line');
  const refusal = await t.throwsAsync(() => connect(url, { token: wrong }));
  const client = await connect(url, { token });
  const failure = await t.throwsAsync(() => client.start([`/no/such/program`], { env: { SECRET: token } }));
  await client.close();
  server.kill('SIGTERM');
  for (const words of [url, await said, refusal?.message, failure?.message]) {
    t.false(words?.includes(token) || words?.includes(wrong));
  }
});

test('behind the edge nothing is parsed or validated twice', (t) => {
  const edges = sources('src')
    .concat(sources('workers'))
    .filter((path) => !path.startsWith('src/protocol/'))
    .filter((path) =>
      /\b(JSON\.parse|parseJson|safeParse|decode(?:Large)?Message|decodeParams|decodeResult)\b/.test(code(path)),
    );
  t.deepEqual(edges.sort(), [
    // The version of the program.
    'src/cli.ts',
    // Both sides of a connection.
    'src/client/link.ts',
    // What ends ask a relay for.
    'src/rendezvous/registry-messages.ts',
    'src/rpc/peer.ts',
    // Both sides of a helper's pipes.
    'src/sandboxed-files/answers.ts',
    // A bearer token.
    'src/transport/jwt.ts',
    // Manifests of plugins.
    'workers/capabilities/plugin-cache.ts',
    'workers/capabilities/plugin-manifest.ts',
    'workers/sandboxed-files/request.ts',
  ]);
});

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path}`);

const code = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
