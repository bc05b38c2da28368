import { mkdirSync } from 'node:fs';
import test from 'ava';
import { fileUri } from '#src/protocol/path-uri.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, RpcFailure } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

/** An executor whose user has this as settings. */
async function serve(folder: TemporaryFolder, settings: string): Promise<ExecutorProgram> {
  mkdirSync(folder.file('.codex'));
  folder.write('.codex/config.toml', settings);
  return await ExecutorProgram.start({ env: { HOME: folder.path, CODEX_HOME: '' } });
}

test('a client gets what it asked for of the settings on the executor', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await serve(folder, 'secret = 1\n[mcp_servers.one]\ncommand = "run"\n');
  await using client = await RpcClient.connect(executor.url);
  const params = { cwd: fileUri(folder.path), configPaths: [['mcp_servers']], requirementsPaths: [] };
  const { hostname, ...settings } = await client.call('environmentConfig/read', params);
  t.is(typeof hostname, 'string');
  const home = fileUri(folder.path);
  t.deepEqual(settings, {
    userHomeDir: home,
    codexHomeDir: `${home}/.codex`,
    config: {
      layers: [
        {
          source: `user (${folder.file('.codex/config.toml')})`,
          baseDir: `${home}/.codex`,
          toml: '[mcp_servers.one]\ncommand = "run"\n',
        },
      ],
      cloudInsertionIndex: 0,
    },
    requirements: { layers: [], cloudInsertionIndex: 0 },
  });
});

test('what is asked for is checked before anything is read, the selection before the place', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await serve(folder, 'bad');
  await using client = await RpcClient.connect(executor.url);
  const refused = async (cwd: string, configPaths: readonly string[][], requirementsPaths: readonly string[][]) => {
    const call = client.call('environmentConfig/read', { cwd, configPaths, requirementsPaths });
    const { code, message } = (await t.throwsAsync(call, { instanceOf: RpcFailure }))!;
    return `${code} ${message}`;
  };
  const foreign = 'file:///C:/x';
  t.is(await refused(foreign, [], []), '-32602 at least one config or requirements path is required');
  t.is(await refused(foreign, [['a']], [[]]), '-32602 TOML paths must contain at least one key segment');
  t.is(await refused(foreign, [['a']], []), "-32602 'file:///C:/x' is invalid on 'linux'");
  const place = `${folder.file('.codex/config.toml')}:1:1`;
  t.is(
    await refused(fileUri(folder.path), [['a']], []),
    `-32603 failed to load executor-local config: ${place}: key with no value, expected \`=\``,
  );
});
