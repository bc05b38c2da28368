/** The files of our client, on the real executor of every release and on our own. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, FileError, type RemoteFiles, uriPath } from '#src/index.js';
import { FILE_BLOCK_BYTES as BLOCK, FILE_HANDLES } from '#src/protocol/limits.js';
import { collect } from '#test/support/collect.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import type { ListeningServer } from './support/listening-server.js';
import { startReferenceServer } from './support/reference-server.js';
import { RELEASES, writesInBlocks } from './support/releases.js';

interface World extends AsyncDisposable {
  readonly files: RemoteFiles;
  readonly folder: TemporaryFolder;
}

async function openWorld(start: () => Promise<ListeningServer>): Promise<World> {
  const server = await start();
  const client = await connect(server.url);
  const folder = new TemporaryFolder();
  return {
    files: client.files,
    folder,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const executors = [
  ...RELEASES.map((release) => ({ name: release, release, start: () => startReferenceServer(release) })),
  { name: 'ours', release: '0.169.0' as const, start: startFarhandServer },
];

for (const { name, release, start } of executors) {
  interop(`on the executor ${name}, files are made, listed, copied and removed, and refusals have codes`, async (t) => {
    await using it = await openWorld(start);
    const { files, folder } = it;
    const path = (file: string) => folder.file(file);

    await files.createDirectory(path('a/b'));
    await files.writeFile(path('a/b/é'), 'far hand\n');
    t.is(await files.readTextFile(path('a/b/é')), 'far hand\n');
    symlinkSync('b', path('a/link'));
    t.is(uriPath(await files.canonicalize(path('a/link/é'))), path('a/b/é'));
    t.like(await files.getMetadata(path('a/link')), { isDirectory: true, isSymlink: true });
    const names = (await files.readDirectory(path('a'))).map(({ fileName }) => fileName);
    t.deepEqual(names.sort(), ['b', 'link']);

    await files.copy(path('a/b/é'), path('copy'));
    t.is(folder.read('copy'), 'far hand\n');
    await t.throwsAsync(files.copy(path('a'), path('tree')), { instanceOf: FileError, code: 'INVALID_REQUEST' });
    await t.throwsAsync(files.remove(path('a')), { code: 'FAILED', message: /not empty/ });
    await files.remove(path('a'), { recursive: true });
    const missing = await t.throwsAsync<FileError>(files.remove(path('a')), { code: 'NOT_FOUND' });
    t.is(missing?.errno, 2);
    await files.remove(path('a'), { force: true });
    t.false(existsSync(path('a')));
    await t.throwsAsync(files.readFile(folder.path), { code: 'INVALID_REQUEST' });
  });

  interop(`on the executor ${name}, 20 MB go there and back, whole and as a stream`, async (t) => {
    await using it = await openWorld(start);
    const { files, folder } = it;
    const path = folder.file('large');
    const content = randomBytes(20_000_000);

    await files.writeFile(path, content);
    t.true(readFileSync(path).equals(content));
    t.true(content.equals(await files.readFile(path)));

    const stream = await files.openRead(path);
    t.is(stream.size, content.length);
    t.true(Buffer.concat(await collect(stream)).equals(content));

    await files.remove(path);
    await new Blob([content]).stream().pipeTo(await files.openWrite(path));
    t.true(readFileSync(path).equals(content));
    const tooMuch = Buffer.alloc(64_000_000, 'x');
    if (writesInBlocks(release)) {
      await files.writeFile(path, tooMuch);
      t.true(readFileSync(path).equals(tooMuch));
    } else await t.throwsAsync(files.writeFile(path, tooMuch), { code: 'FILE_TOO_LARGE' });
  });

  interop(
    `on the executor ${name}, streams find the end, stay with their file, and leave no handle behind`,
    async (t) => {
      await using it = await openWorld(start);
      const { files, folder } = it;
      for (const length of [0, BLOCK - 1, BLOCK, 2 * BLOCK]) {
        const content = randomBytes(length);
        writeFileSync(folder.file('edge'), content);
        t.true(Buffer.concat(await collect(await files.openRead(folder.file('edge')))).equals(content), `${length}`);
      }

      writeFileSync(folder.file('sparse'), '');
      truncateSync(folder.file('sparse'), 2 ** 33);
      writeFileSync(folder.file('sparse'), 'x', { flag: 'a' });
      const tail = await files.openRead(folder.file('sparse'), { start: 2 ** 33 - 2 });
      t.deepEqual(await collect(tail), [Buffer.from('\0\0x')]);

      writeFileSync(folder.file('pinned'), Buffer.alloc(3 * BLOCK, 'a'));
      for await (const block of await files.openRead(folder.file('pinned'), { readahead: 1 })) {
        t.is(block.at(-1), 'a'.charCodeAt(0));
        await files.remove(folder.file('pinned'), { force: true });
      }

      for (let opened = 0; opened < FILE_HANDLES + 20; opened += 1) {
        await using _left = await files.openRead(folder.file('sparse'));
      }
      t.regex(Buffer.concat(await collect(await files.openRead('/proc/self/status'))).toString(), /^Pid:/m);
    },
  );

  if (release !== '0.142.3') {
    interop(`on the executor ${name}, a walk finds what is below`, async (t) => {
      await using it = await openWorld(start);
      const { files, folder } = it;
      mkdirSync(folder.file('x/.hidden/z'), { recursive: true });
      for (const file of ['x/a', 'x/.hidden/b', 'top']) folder.write(file, '');
      const below = async (options: Parameters<RemoteFiles['walk']>[1]) => {
        const { entries, errors, truncated } = await files.walk(folder.path, options);
        t.deepEqual([errors, truncated], [[], false]);
        return entries.map(({ path }) => uriPath(path).slice(folder.path.length + 1));
      };
      t.deepEqual(await below({}), ['top', 'x', 'x/.hidden', 'x/a', 'x/.hidden/b', 'x/.hidden/z']);
      t.deepEqual(await below({ maxDepth: 0 }), ['top', 'x']);
    });
  }
}
