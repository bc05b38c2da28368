/** When workers are asked: on a connection that has much on its way, and on one that has ended. */
import test from 'ava';
import { fileHandlers } from '#src/files/handlers.js';
import type { SandboxHost } from '#src/files/routes.js';
import { BlockSlots } from '#src/pool/block-slots.js';
import type { FileWorkers } from '#src/pool/file-pool.js';
import { FILE_TASKS_AT_ONCE } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import type { Handlers, ReadyReply, RequestContext } from '#src/rpc/handlers.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const NO_SANDBOXES = {} as SandboxHost;

/** Handlers whose workers note what they are asked to do, and have done it when the test says so. */
function scene({ queuedBytes = 0 } = {}) {
  const ending = new AbortController();
  const asked: string[] = [];
  const ends: ((result: unknown) => void)[] = [];
  const pool = {
    slots: new BlockSlots(),
    run: (operation: string) => {
      asked.push(operation);
      return new Promise<unknown>((resolve) => ends.push(resolve));
    },
  } as unknown as FileWorkers;
  const link = { gone: ending.signal, notify: () => {}, queuedBytes };
  const handlers = fileHandlers({ pool, sandboxes: NO_SANDBOXES, replyLimitBytes: 1 << 20 }, link);
  const context = { gone: ending.signal } as RequestContext;
  const call = <M extends keyof Handlers>(method: M, params: object) =>
    (handlers[method] as (params: object, context: RequestContext) => unknown)({ sandbox: null, ...params }, context);
  const turn = () => new Promise(setImmediate);
  return { asked, ends, call, turn, end: () => ending.abort() };
}

const path = fileUri('/nowhere');

test('what has not begun when the connection ends is not done', async (t) => {
  const { asked, ends, call, turn, end } = scene();
  const answers = Array.from({ length: 3 }, () => call('fs/createDirectory', { path }));
  const later = Promise.allSettled(answers);
  await turn();
  t.deepEqual(asked, ['createDirectory']);
  end();
  ends[0]!(undefined);
  t.deepEqual(
    (await later).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  t.deepEqual(asked, ['createDirectory']);
});

test('no more long answers are made while so many have not left', async (t) => {
  const { asked, ends, call, turn } = scene();
  const lists = Array.from({ length: FILE_TASKS_AT_ONCE + 1 }, () => call('fs/readDirectory', { path }));
  await turn();
  t.is(asked.length, FILE_TASKS_AT_ONCE);
  ends[0]!('{"entries":[]}');
  const { memory, start, end, sent } = (await lists[0]) as ReadyReply;
  t.is(Buffer.from(memory).toString('utf8', start, end), '{"entries":[]}');
  await turn();
  t.is(asked.length, FILE_TASKS_AT_ONCE);
  sent!();
  await turn();
  t.is(asked.length, FILE_TASKS_AT_ONCE + 1);
});

test('work on whole trees leaves room for what is shorter', async (t) => {
  const { asked, ends, call, turn } = scene();
  const trees = ['a', 'b', 'c'].map((name) => call('fs/remove', { path: fileUri(`/${name}`) }));
  void call('fs/createDirectory', { path });
  await turn();
  t.deepEqual(asked.toSorted(), ['createDirectory', 'remove', 'remove']);
  for (const end of ends) end(undefined);
  t.deepEqual(await Promise.all(trees.slice(0, 2)), ['{}', '{}']);
  await turn();
  t.deepEqual(asked.slice(3), ['remove']);
});

test('small files are read here at once, but not where replies stand in line already', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'text');
  const file = { path: fileUri(folder.file('file')) };
  const idle = scene();
  t.is(idle.call('fs/readFile', file), '{"dataBase64":"dGV4dA=="}');
  const busy = scene({ queuedBytes: 100 << 20 });
  void busy.call('fs/readFile', file);
  await busy.turn();
  t.deepEqual(busy.asked, ['readFile']);
});
