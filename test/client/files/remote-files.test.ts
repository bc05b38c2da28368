/** Each operation on files: what goes out, what comes back, and what is said when it cannot be done. */
import { setMaxListeners } from 'node:events';
import test from 'ava';
import { type Client, type FarhandError, FileError, RefusedError, type RemoteFiles } from '#src/index.js';
import { FILE_BLOCK_BYTES as BLOCK, WHOLE_FILE_WRITE_BYTES } from '#src/protocol/limits.js';
import { fileWorld } from '#test/support/fake-files.js';
import { Refusal } from '#test/support/fake-server.js';

const METADATA = { isDirectory: false, isFile: true, isSymlink: false, size: 3, createdAtMs: 0, modifiedAtMs: 5 };
const WALK = {
  entries: [{ path: 'file:///d/a%20b', kind: 'file' }],
  errors: [{ path: 'file:///d/x', message: 'no' }],
  truncated: true,
};
const ENTRY = { fileName: 'a', isDirectory: false, isFile: true };
const SANDBOX = { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' } as const;

/** [what is asked, the method, its parameters, what the executor answers, what comes back] */
type Case = readonly [(files: RemoteFiles) => Promise<unknown>, string, object, object, unknown];

const limits = { maxDepth: 64, maxDirectories: 10_000, maxEntries: 50_000 };
const walkDefaults = { ...limits, followDirectorySymlinks: false, pruneHiddenDirectories: false };
const file = { path: 'file:///f', sandbox: null };
const cases: readonly Case[] = [
  [(files) => files.readFile('/f'), 'fs/readFile', file, { dataBase64: 'Zm9v' }, Buffer.from('foo')],
  [(files) => files.readTextFile('/f'), 'fs/readFile', file, { dataBase64: 'w6k=' }, 'é'],
  [(files) => files.writeFile('/f', 'é'), 'fs/writeFile', { ...file, dataBase64: 'w6k=' }, {}, undefined],
  [
    (files) => files.writeFile('/f', Buffer.from('foo')),
    'fs/writeFile',
    { ...file, dataBase64: 'Zm9v' },
    {},
    undefined,
  ],
  [(files) => files.createDirectory('/f'), 'fs/createDirectory', { ...file, recursive: true }, {}, undefined],
  [(files) => files.getMetadata('/f'), 'fs/getMetadata', file, METADATA, METADATA],
  [(files) => files.canonicalize('/f'), 'fs/canonicalize', file, { path: 'file:///g' }, 'file:///g'],
  [(files) => files.readDirectory('/f'), 'fs/readDirectory', file, { entries: [ENTRY] }, [ENTRY]],
  [(files) => files.walk('/f'), 'fs/walk', { ...file, options: walkDefaults }, WALK, WALK],
  [
    (files) => files.walk('/f', { maxDepth: 0, maxEntries: 1, pruneHiddenDirectories: true }),
    'fs/walk',
    { ...file, options: { ...walkDefaults, maxDepth: 0, maxEntries: 1, pruneHiddenDirectories: true } },
    WALK,
    WALK,
  ],
  [(files) => files.remove('/f'), 'fs/remove', { ...file, recursive: false, force: false }, {}, undefined],
  [
    (files) => files.remove('/f', { recursive: true, force: true }),
    'fs/remove',
    { ...file, recursive: true, force: true },
    {},
    undefined,
  ],
  [
    (files) => files.copy('/f', 'file:///C:/g'),
    'fs/copy',
    { sourcePath: 'file:///f', destinationPath: 'file:///C:/g', recursive: false, sandbox: null },
    {},
    undefined,
  ],
  [
    (files) => files.getMetadata('/f', { followSymlinks: false }),
    'fs/getMetadata',
    { ...file, followSymlinks: false },
    METADATA,
    METADATA,
  ],
  [
    (files) => files.createDirectory('/f', { recursive: false, followSymlinks: true, sandbox: SANDBOX }),
    'fs/createDirectory',
    { path: 'file:///f', recursive: false, followSymlinks: true, sandbox: SANDBOX },
    {},
    undefined,
  ],
];
for (const [ask, method, params, answer, result] of cases) {
  test(`${ask} sends ${method} ${JSON.stringify(params)}`, async (t) => {
    await using it = await fileWorld();
    it.server.on(method, () => answer);
    t.deepEqual(await ask(it.client.files), result);
    t.deepEqual(it.server.requests(method), [params]);
  });
}

test('a URI goes out as it is, also one that only another system can have', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/getMetadata', () => METADATA);
  const paths = ['file:///C:/Users/a%20b', 'file://server/share', 'FILE:///c|/x/../y', new URL('file:///x%FF')];
  for (const path of paths) await it.client.files.getMetadata(path);
  const sent = it.server.requests('fs/getMetadata').map(({ path }) => path);
  t.deepEqual(sent, paths.map(String));
});

// ---- refusals -----------------------------------------------------------------------------------------

const codes: readonly (readonly [number, string])[] = [
  [-32004, 'NOT_FOUND'],
  [-32600, 'INVALID_REQUEST'],
  [-32601, 'UNSUPPORTED'],
  [-32602, 'INVALID_PARAMS'],
  [-32603, 'FAILED'],
  [-32099, 'FAILED'],
];
for (const [rpcCode, code] of codes) {
  test(`the answer ${rpcCode} is a FileError with the code ${code}, whatever its text`, async (t) => {
    await using it = await fileWorld();
    it.server.on('fs/remove', () => {
      throw new Refusal(rpcCode, 'No such file or directory, nor permission (os error 13)');
    });
    const error = await t.throwsAsync<FileError>(it.client.files.remove('/f'), { instanceOf: FileError });
    t.true(error instanceof RefusedError);
    t.like(error, { name: 'FileError', code, rpcCode, errno: 13, method: 'fs/remove', path: '/f' });
    t.regex(error?.message ?? '', new RegExp(`^fs/remove of /f was refused \\(${rpcCode}\\): No such file`));
  });
}

test('a refused copy names both files; an error without a number of the system has none', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/copy', () => {
    throw new Refusal(-32600, 'fs/copy requires recursive: true when sourcePath is a directory');
  });
  const error = await t.throwsAsync<FileError>(it.client.files.copy('/a', '/b'), { message: /of \/a to \/b was/ });
  t.like(error, { path: '/a', destination: '/b', errno: undefined });
});

test('a session that is refused is no matter of files', async (t) => {
  await using it = await fileWorld();
  it.server.on('initialize', () => {
    throw new Refusal(-32600, 'unknown session id session');
  });
  it.server.peer.cut();
  const error = await t.throwsAsync<FarhandError>(it.client.files.getMetadata('/f'));
  t.false(error instanceof FileError);
});

type Misuse = readonly [string, (files: RemoteFiles) => Promise<unknown>];
const misuses: readonly Misuse[] = [
  ['path', (files) => files.readFile('relative')],
  ['path', (files) => files.openRead(new URL('http://x/'))],
  ['path', (files) => files.openWrite('C:\\x')],
  ['source', (files) => files.copy('a', '/b')],
  ['destination', (files) => files.copy('/a', 'b')],
  ['data', (files) => files.writeFile('/f', 7 as unknown as string)],
  ['maxDepth', (files) => files.walk('/f', { maxDepth: 65 })],
  ['maxDirectories', (files) => files.walk('/f', { maxDirectories: 0 })],
  ['maxEntries', (files) => files.walk('/f', { maxEntries: 1.5 })],
  ['sandbox', (files) => files.readFile('/f', { sandbox: { ...SANDBOX, cwd: 'file:///\ud800' } })],
];
for (const [field, misuse] of misuses) {
  test(`a bad ${field} is refused before anything is sent: ${misuse}`, async (t) => {
    await using it = await fileWorld();
    const error = { code: 'BAD_ARGUMENT', message: new RegExp(`^${field}: `) };
    await t.throwsAsync(misuse(it.client.files), error);
    t.deepEqual(
      it.server.received.filter(({ method }) => method?.startsWith('fs/')),
      [],
    );
  });
}

// ---- lost connections, signals ----------------------------------------------------------------------------

const looks: readonly (readonly [string, (client: Client) => Promise<unknown>, object])[] = [
  ['fs/getMetadata', ({ files }) => files.getMetadata('/f'), METADATA],
  ['fs/canonicalize', ({ files }) => files.canonicalize('/f'), { path: 'file:///f' }],
  ['fs/readDirectory', ({ files }) => files.readDirectory('/f'), { entries: [] }],
  ['fs/walk', ({ files }) => files.walk('/f'), WALK],
];
for (const [method, look, answer] of looks) {
  test(`${method} is asked again when the connection is lost on the way`, async (t) => {
    await using it = await fileWorld();
    it.server.on(method, (_params, peer) => {
      if (it.server.count(method) > 1) return answer;
      peer.cut();
      return undefined;
    });
    await t.notThrowsAsync(look(it.client));
    t.is(it.server.count(method), 2);
  });
}

const changes: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
  ['fs/writeFile', ({ files }) => files.writeFile('/f', 'x')],
  ['fs/createDirectory', ({ files }) => files.createDirectory('/f')],
  ['fs/remove', ({ files }) => files.remove('/f')],
  ['fs/copy', ({ files }) => files.copy('/f', '/g')],
];
for (const [method, change] of changes) {
  test(`${method} is not asked again when the connection is lost on the way`, async (t) => {
    await using it = await fileWorld();
    it.server.on(method, (_params, peer) => {
      peer.cut();
      return undefined;
    });
    await t.throwsAsync(change(it.client), { code: 'DISCONNECTED' });
    await it.client.status();
    t.is(it.server.count(method), 1);
  });
}

test('every operation stops waiting when its signal says so', async (t) => {
  await using it = await fileWorld();
  const methods = [...looks, ...changes].map(([method]) => method);
  for (const method of [...methods, 'fs/readFile', 'fs/open']) it.server.on(method, () => new Promise(() => {}));
  const abort = new AbortController();
  const { signal } = abort;
  setMaxListeners(0, signal);
  const { files } = it.client;
  const waiting = [
    files.readFile('/f', { signal }),
    files.readTextFile('/f', { signal }),
    files.writeFile('/f', 'x', { signal }),
    files.createDirectory('/f', { signal }),
    files.getMetadata('/f', { signal }),
    files.canonicalize('/f', { signal }),
    files.readDirectory('/f', { signal }),
    files.walk('/f', { signal }),
    files.remove('/f', { signal }),
    files.copy('/f', '/g', { signal }),
    files.openRead('/f', { signal }),
    files.openWrite('/f', { signal }),
  ];
  await it.server.waitFor('fs/open', 2);
  abort.abort();
  for (const operation of waiting) await t.throwsAsync(operation, { code: 'ABORTED' });
});

// ---- large files ----------------------------------------------------------------------------------------

test('a file that is too large for one answer is read in blocks', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add('file:///f', 2 * BLOCK + 1);
  it.server.on('fs/readFile', () => {
    throw new Refusal(-32600, 'reply is too large: limit is 2097152 bytes');
  });
  t.true(content.equals(await it.client.files.readFile('/f')));
  await it.server.waitFor('fs/close');
  t.is(it.files.handles.size, 0);
});

test('a file whose answer was too large for the connection is read in blocks on the next one', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add('file:///f', BLOCK);
  it.server.on('fs/readFile', (_params, peer) => {
    peer.cut();
    return undefined;
  });
  t.true(content.equals(await it.client.files.readFile('/f')));
  t.is(it.server.count('fs/readFile'), 1);
});

test('what cannot be read in one piece nor opened says why it could not be read', async (t) => {
  await using it = await fileWorld();
  const refuse = (text: string) => () => {
    throw new Refusal(-32600, text);
  };
  it.server.on('fs/readFile', refuse('path `/f` is not a file'));
  it.server.on('fs/open', refuse('at most 128 file handles may be open per connection'));
  await t.throwsAsync(it.client.files.readFile('/f'), { code: 'INVALID_REQUEST', message: /fs\/readFile.*not a file/ });
});

test('a file that must not be reached through links is not opened, since that cannot be told not to follow them', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/readFile', () => {
    throw new Refusal(-32600, 'Permission denied (os error 13)');
  });
  const options = { followSymlinks: false };
  await t.throwsAsync(it.client.files.readFile('/f', options), { code: 'INVALID_REQUEST' });
  const large = new Uint8Array(WHOLE_FILE_WRITE_BYTES + 1);
  await t.throwsAsync(it.client.files.writeFile('/f', large, options), { code: 'FILE_TOO_LARGE' });
  t.is(it.server.count('fs/open'), 0);
});

test('as much as one message holds is written in one, and more in blocks', async (t) => {
  await using it = await fileWorld();
  // Only counted: together they are 95 MiB.
  it.server.on('fs/writeFile', () => ({}));
  it.server.on('fs/writeBlock', () => ({}));
  const large = new Uint8Array(WHOLE_FILE_WRITE_BYTES + 1);
  await it.client.files.writeFile('/f', large.subarray(1));
  t.deepEqual([it.server.count('fs/writeFile'), it.server.count('fs/open')], [1, 0]);
  await it.client.files.writeFile('/f', large);
  t.deepEqual([it.server.count('fs/writeFile'), it.server.count('fs/open')], [1, 1]);
  t.is(it.server.count('fs/writeBlock'), Math.ceil(large.length / BLOCK));
  t.is(it.files.handles.size, 0);
});

test('a large file that the executor cannot take in blocks is refused before anything is sent of it', async (t) => {
  await using it = await fileWorld({});
  const large = new Uint8Array(WHOLE_FILE_WRITE_BYTES + 1);
  await t.throwsAsync(it.client.files.writeFile('/f', large), { code: 'FILE_TOO_LARGE' });
  t.is(it.server.count('fs/writeFile'), 0);
});
