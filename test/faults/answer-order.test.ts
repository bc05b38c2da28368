/** What waits for nothing is answered in the order in which it was asked. */
import test from 'ava';
import { fileUri } from '#src/protocol/path-uri.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

test('quick requests of every family, also failing ones, are answered in order', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('f', 'text');
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  const asked: [method: string, params: unknown][] = [
    ['environment/status', {}],
    ['fs/readFile', { path: fileUri(folder.file('f')) }],
    ['no/such', {}],
    ['fs/getMetadata', { path: fileUri(folder.file('missing')) }],
    ['fs/canonicalize', { path: fileUri(folder.path) }],
    ['process/read', { processId: 'nobody' }],
    ['fs/readFile', { path: fileUri(folder.file('missing')) }],
    ['environment/info', {}],
  ];
  const answered: string[] = [];
  const answers = client.callTogether(asked).map((answer, index) =>
    answer
      .catch(() => {})
      .then(() => {
        answered.push(asked[index]![0]);
      }),
  );
  await Promise.all(answers);
  t.deepEqual(
    answered,
    asked.map(([method]) => method),
  );
});

test('a long file operation holds up only what touches the same place behind it', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('other', 'text');
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  const long = fileUri(folder.file('long'));
  const other = fileUri(folder.file('other'));
  const answered: string[] = [];
  const ask = (name: string, method: string, params: unknown) =>
    client.call(method, params).then((result) => {
      answered.push(name);
      return result;
    });
  const written = ask('long write', 'fs/writeFile', { path: long, dataBase64: Buffer.alloc(30e6).toString('base64') });
  const size = ask('its size', 'fs/getMetadata', { path: long });
  await Promise.all([
    ask('metadata', 'fs/getMetadata', { path: other }),
    ask('small file', 'fs/readFile', { path: other }),
    written,
    size,
  ]);
  t.is((await size).size, 30e6);
  t.deepEqual(answered, ['metadata', 'small file', 'long write', 'its size']);
});
