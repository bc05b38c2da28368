/** What a client takes into memory: the remote mode is large, and only for those who use it. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { FakeRegistry } from '#test/harness/support/fake-registry.js';
import { FakeServer } from '#test/support/fake-server.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#test/support/connecting-program.js'));

const REMOTE_MODE = ['credentials', 'harness', 'http', 'links', 'noise', 'pool', 'registry', 'relay'].map(
  (folder) => `/dist/${folder}/`,
);
const PACKAGES = ['libsodium-wrappers', 'protobufjs'].map((name) => `/node_modules/${name}/`);

/** All scripts that the program runs anything of, as Node itself counts them. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  using folder = new TemporaryFolder();
  const env = { ...process.env, NODE_V8_COVERAGE: folder.path };
  await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env, timeout: 60_000 });
  return readdirSync(folder.path).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(folder.file(name), 'utf8')) as { result: readonly { url: string }[] };
    return result.map(({ url }) => url);
  });
}

test('a client of a WebSocket loads nothing of the remote mode', async (t) => {
  await using server = await FakeServer.start();
  const loaded = await loadedBy(server.url);
  t.true(loaded.some((url) => url.endsWith('/dist/client/connect.js')));
  t.true(loaded.some((url) => url.endsWith('/dist/transport/dial-websocket.js')));
  for (const part of [...REMOTE_MODE, ...PACKAGES]) {
    t.deepEqual(
      loaded.filter((url) => url.includes(part)),
      [],
    );
  }
});

test('a client of an environment loads all of it, so that it would be seen', async (t) => {
  await using registry = await FakeRegistry.start({ upgrades: [403] });
  const loaded = await loadedBy(`${registry.url}/env-1`, 'token');
  for (const part of [...REMOTE_MODE, ...PACKAGES])
    t.true(
      loaded.some((url) => url.includes(part)),
      part,
    );
});
