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
