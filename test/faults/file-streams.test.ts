/** What may happen to files that are open: too many, a connection that ends, files that change, grow without end or are none. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { descriptorsOf, eventually, residentBytesOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const MIB = 1 << 20;
const HANDLES = 128;

const open = (client: RpcClient, handleId: string, path: string, mode = 'read') =>
  client.call('fs/open', { handleId, path: pathToFileURL(path).href, mode, sandbox: null });

async function read(client: RpcClient, handleId: string, offset: number, len: number) {
  const { chunk, eof } = await client.call('fs/readBlock', { handleId, offset, len });
  return { bytes: Buffer.from(chunk, 'base64'), eof };
}

const openOnes = (executor: ExecutorProgram, path: string) =>
  descriptorsOf(executor.pid).filter((name) => name === path || name === `${path} (deleted)`).length;

/** When it was changed last, by the wall clock. */
const fstatMs = (fd: number) => fstatSync(fd).ctimeMs;

test('the 129th handle is refused and touches no file; closing one makes room', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  folder.write('file', 'data');
  folder.write('precious', 'kept');
  await Promise.all(Array.from({ length: HANDLES }, (_, index) => open(client, `h${index}`, folder.file('file'))));
  const refused = { message: 'at most 128 file handles may be open per connection' };
  await t.throwsAsync(open(client, 'more', folder.file('precious'), 'replace'), refused);
  await t.throwsAsync(open(client, 'more', folder.file('none'), 'replace'), refused);
  t.is(folder.read('precious'), 'kept');
  await t.throwsAsync(open(client, 'h7', folder.file('file')), { message: 'file handle `h7` already exists' });
  t.is(openOnes(executor, folder.file('file')), HANDLES);

  const [, , opened] = client.callTogether([
    ['fs/readBlock', { handleId: 'h7', offset: 0, len: 4 }],
    ['fs/close', { handleId: 'h7' }],
    ['fs/open', { handleId: 'more', path: pathToFileURL(folder.file('precious')).href, sandbox: null }],
  ]);
  t.deepEqual(await opened, { handleId: 'more' });
  t.is(openOnes(executor, folder.file('file')), HANDLES - 1);
});

test('a connection that ends leaves no descriptor, neither of open files nor of those being opened and read', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  const path = folder.file('file');
  writeFileSync(path, randomBytes(4 * MIB));
  utimesSync(path, 1, 1);

  await using first = await RpcClient.connect(executor.url);
  await Promise.all(Array.from({ length: HANDLES }, (_, index) => open(first, `h${index}`, path)));
  t.is(openOnes(executor, path), HANDLES);
  first.cut();
  await eventually(() => openOnes(executor, path) === 0);

  await using second = await RpcClient.connect(executor.url);
  const lost = Array.from({ length: HANDLES }, (_, index) => [
    open(second, `h${index}`, path),
    read(second, `h${index}`, 0, MIB),
  ]).flat();
  await second.written();
  second.cut();
  await Promise.allSettled(lost);

  // The executor has done with both when it is idle; it still serves.
  await using third = await RpcClient.connect(executor.url);
  await open(third, 'h', path);
  t.is((await read(third, 'h', 0, 8)).bytes.length, 8);
  await eventually(() => openOnes(executor, path) === 1);
  t.pass();
});

test('a sparse file of 10 GB is read all over with memory that stays flat', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  const size = 10e9;
  const blocks = 400;
  const fd = openSync(folder.file('sparse'), 'w');
  ftruncateSync(fd, size);
  writeSync(fd, 'end', size - 3);
  closeSync(fd);

  await open(client, 'h', folder.file('sparse'));
  const step = Math.floor(size / blocks);
  const readAt = async (block: number) => {
    const { bytes, eof } = await read(client, 'h', block * step, MIB);
    t.deepEqual([bytes.length, eof], [MIB, false]);
  };
  for (let block = 0; block < 40; block++) await readAt(block);
  const before = residentBytesOf(executor.pid);
  for (let block = 40; block < blocks; block += 4)
    await Promise.all([0, 1, 2, 3].map((more) => readAt(Math.min(block + more, blocks - 1))));
  const last = await read(client, 'h', size - 3, MIB);
  t.deepEqual([last.bytes.toString(), last.eof], ['end', true]);
  const grown = residentBytesOf(executor.pid) - before;
  t.true(grown < 100 * MIB, `${Math.round(grown / MIB)} MiB more after ${blocks} MiB`);
});

test('a stream goes on when its path leads to another file, and when there is no path any more', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  const old = randomBytes(3 * MIB);
  writeFileSync(folder.file('file'), old);
  await open(client, 'h', folder.file('file'));
  const seen = [(await read(client, 'h', 0, MIB)).bytes];
  writeFileSync(folder.file('new'), 'new');
  renameSync(folder.file('new'), folder.file('file'));
  seen.push((await read(client, 'h', MIB, MIB)).bytes);
  unlinkSync(folder.file('file'));
  seen.push((await read(client, 'h', 2 * MIB, MIB)).bytes);
  t.true(Buffer.concat(seen).equals(old));
  t.deepEqual(await read(client, 'h', 3 * MIB, MIB), { bytes: Buffer.alloc(0), eof: true });
});

test('a change during a stream is seen by the next block, also by one that was read ahead', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  const path = folder.file('file');
  writeFileSync(path, Buffer.alloc(8 * MIB, 'a'));
  const fd = openSync(path, 'r+');
  // Old enough that blocks are read ahead; whether that has happened by now does not matter to what is seen.
  await eventually(() => Date.now() - fstatMs(fd) > 50);
  await open(client, 'h', path);
  t.is((await read(client, 'h', 0, MIB)).bytes.at(-1), 0x61);
  for (let block = 1; block < 6; block++) {
    const letter = 'bcdefg'[block]!;
    writeSync(fd, Buffer.alloc(MIB, letter), 0, MIB, block * MIB);
    const { bytes } = await read(client, 'h', block * MIB, MIB);
    t.true(bytes.equals(Buffer.alloc(MIB, letter)), `block ${block}`);
    await eventually(() => Date.now() - fstatMs(fd) > 50);
    t.is((await read(client, 'h', (block - 1) * MIB, MIB)).bytes.length, MIB);
  }
  truncateSync(path, 6 * MIB + 5);
  const cut = await read(client, 'h', 6 * MIB, MIB);
  t.deepEqual([cut.bytes.toString(), cut.eof], ['aaaaa', true]);
  closeSync(fd);
});

test('files of /proc are read through handles as they are at each read', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  await open(client, 'status', '/proc/self/status');
  const { bytes, eof } = await read(client, 'status', 0, MIB);
  t.regex(bytes.toString(), new RegExp(`^Pid:\\t${executor.pid}$`, 'm'));
  t.true(eof);

  await open(client, 'random', '/proc/sys/kernel/random/uuid');
  const drawn = new Set<string>();
  for (let draw = 0; draw < 5; draw++) drawn.add((await read(client, 'random', 0, 36)).bytes.toString());
  t.is(drawn.size, 5);
});
