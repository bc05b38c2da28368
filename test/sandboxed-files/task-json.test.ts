import test from 'ava';
import type { FileTasks } from '#src/pool/file-calls.js';
import { INTERNAL_ERROR, type RpcError } from '#src/protocol/errors.js';
import type { FileUri } from '#src/protocol/ids.js';
import type { SandboxedOperation } from '#src/sandboxed-files/messages.js';
import { decodeTask, encodeTask, isSandboxedOperation } from '#src/sandboxed-files/task-json.js';

const place = { path: '/a', followSymlinks: true };
const odd = { path: Buffer.of(0x2f, 0xff), followSymlinks: false };
const memory = new SharedArrayBuffer(4);
const limits = {
  maxDepth: 1,
  maxDirectories: 2,
  maxEntries: 3,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

const TASKS: { readonly [O in SandboxedOperation]: readonly FileTasks[O]['task'][] } = {
  readFile: [
    { ...place, limitBytes: 5 },
    { ...odd, limitBytes: 2 ** 40 },
  ],
  writeFile: [{ ...odd, bytes: Buffer.from('bytes') }],
  createDirectory: [{ ...odd, recursive: true }],
  getMetadata: [place, odd],
  canonicalize: [{ path: odd.path }, { path: '/ü\u{1f600}' }],
  readDirectory: [{ path: '/' }],
  walk: [{ root: 'file:///a' as FileUri, limits }],
  remove: [{ ...place, recursive: false, force: true }],
  copy: [{ source: odd.path, destination: '/b', recursive: true, gone: new Int32Array(memory) }],
  openFile: [
    { path: '/a', mode: 'replace' },
    { path: odd.path, mode: 'read' },
  ],
  readBlock: [
    { fd: 9, offset: 2n ** 63n - 1n, length: 1, slot: memory },
    { fd: 9, offset: 7, length: 1, slot: memory },
  ],
  writeBlock: [{ fd: 9, offset: 2n ** 60n, bytes: Buffer.from('x') }],
  discoverRoots: [
    {
      roots: [
        { id: 'a', path: 'file:///a' as FileUri, refusal: null },
        { id: 'b', path: 'file:///b' as FileUri, refusal: 'no' },
      ],
      limitBytes: 100,
    },
  ],
};

for (const [operation, tasks] of Object.entries(TASKS)) {
  test(`a task of ${operation} is the same on the other side, less its memory`, (t) => {
    t.true(isSandboxedOperation(operation));
    for (const task of tasks) {
      const { bytes, slot, gone, ...bare } = task as Record<string, unknown>;
      const encoded = encodeTask(task as FileTasks['getMetadata']['task']);
      t.deepEqual(decodeTask(operation as 'getMetadata', JSON.parse(JSON.stringify(encoded.task))), bare as never);
      t.is(encoded.body, bytes as Uint8Array | undefined);
    }
  });

  test(`a task of ${operation} without one of its members is none`, (t) => {
    const { task } = encodeTask(tasks[0] as FileTasks['getMetadata']['task']);
    for (const name of Object.keys(task)) {
      const error = t.throws<RpcError>(() => decodeTask(operation as 'getMetadata', { ...task, [name]: undefined }));
      t.is(error.code, INTERNAL_ERROR, name);
    }
  });
}

test('other names are no operations', (t) => {
  for (const name of ['readConfig', 'discoverInstalled', 'closeFile', 'toString', '__proto__', 7, null]) {
    t.false(isSandboxedOperation(name));
  }
});
