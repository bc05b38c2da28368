/** Tasks for a helper to JSON and back. What is memory stays behind: bytes to write are the body of the frame. */
import type { FilePath, FileTasks, Place } from '../pool/file-calls.js';
import { internalError } from '../protocol/errors.js';
import type { FileUri } from '../protocol/ids.js';
import { FILE_BLOCK_BYTES } from '../protocol/limits.js';
import type { SandboxedOperation, WirePath } from './messages.js';

/** A task without its memory. */
export type BareTask<O extends SandboxedOperation> = Omit<FileTasks[O]['task'], 'slot' | 'gone' | 'bytes'>;

/** `task` is for JSON.stringify; `body` is a view of what was given. */
export function encodeTask<O extends SandboxedOperation>(
  task: FileTasks[O]['task'],
): { readonly task: object; readonly body: Uint8Array | undefined } {
  const { bytes, slot, gone, ...bare } = task as Record<string, unknown>;
  return { task: mapValues(bare, encodeValue), body: bytes as Uint8Array | undefined };
}

const mapValues = (members: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(value)]));

function encodeValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? ({ base64: base64Of(value) } satisfies WirePath) : value;
}

const base64Of = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length).toString('base64');

export const isSandboxedOperation = (name: unknown): name is SandboxedOperation =>
  typeof name === 'string' && Object.hasOwn(READERS, name);

/** Errors: -32603 for what is no task of the operation; members that it does not have are passed over. */
export const decodeTask = <O extends SandboxedOperation>(operation: O, task: unknown): BareTask<O> =>
  READERS[operation](membersOf(task, 'task'));

type Members = Readonly<Record<string, unknown>>;

const READERS: { readonly [O in SandboxedOperation]: (task: Members) => BareTask<O> } = {
  readFile: (task) => ({ ...place(task), limitBytes: count(task, 'limitBytes') }),
  writeFile: (task) => place(task),
  createDirectory: (task) => ({ ...place(task), recursive: flag(task, 'recursive') }),
  getMetadata: (task) => place(task),
  canonicalize: (task) => ({ path: path(task, 'path') }),
  readDirectory: (task) => ({ path: path(task, 'path') }),
  walk: (task) => ({ root: text(task, 'root') as FileUri, limits: walkLimits(membersOf(task.limits, 'limits')) }),
  remove: (task) => ({ ...place(task), recursive: flag(task, 'recursive'), force: flag(task, 'force') }),
  copy: (task) => ({
    source: path(task, 'source'),
    destination: path(task, 'destination'),
    recursive: flag(task, 'recursive'),
  }),
  openFile: (task) => ({ path: path(task, 'path'), mode: mode(task, 'mode') }),
  readBlock: (task) => ({ fd: count(task, 'fd'), offset: offset(task, 'offset'), length: blockLength(task, 'length') }),
  writeBlock: (task) => ({ fd: count(task, 'fd'), offset: offset(task, 'offset') }),
  discoverRoots: (task) => ({ roots: list(task, 'roots').map(root), limitBytes: count(task, 'limitBytes') }),
};

const place = (task: Members): Place => ({ path: path(task, 'path'), followSymlinks: flag(task, 'followSymlinks') });

const walkLimits = (limits: Members): FileTasks['walk']['task']['limits'] => ({
  maxDepth: count(limits, 'maxDepth'),
  maxDirectories: count(limits, 'maxDirectories'),
  maxEntries: count(limits, 'maxEntries'),
  followDirectorySymlinks: flag(limits, 'followDirectorySymlinks'),
  pruneHiddenDirectories: flag(limits, 'pruneHiddenDirectories'),
});

function root(value: unknown): FileTasks['discoverRoots']['task']['roots'][number] {
  const members = membersOf(value, 'roots');
  const refusal = members.refusal === null ? null : text(members, 'refusal');
  return { id: text(members, 'id'), path: text(members, 'path') as FileUri, refusal };
}

// ---- members -----------------------------------------------------------------------------------------

const wrong = (name: string) => internalError(`sandboxed file call without a proper \`${name}\``);

function membersOf(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name);
  return value as Members;
}

function member<T>(members: Members, name: string, fits: (value: unknown) => value is T): T {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (!fits(value)) throw wrong(name);
  return value;
}

const isText = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isMode = (value: unknown) => value === 'read' || value === 'replace';
const isOffset = (value: unknown): value is number | string =>
  isCount(value) || (isText(value) && /^\d{1,20}$/.test(value));
const isPath = (value: unknown): value is WirePath =>
  isText(value) || (typeof value === 'object' && value !== null && isText((value as { base64?: unknown }).base64));

const isBlockLength = (value: unknown): value is number => isCount(value) && value <= FILE_BLOCK_BYTES;

const text = (task: Members, name: string) => member(task, name, isText);
const flag = (task: Members, name: string) => member(task, name, isFlag);
const count = (task: Members, name: string) => member(task, name, isCount);
const blockLength = (task: Members, name: string) => member(task, name, isBlockLength);
const list = (task: Members, name: string) => member(task, name, isList);
const mode = (task: Members, name: string) => member(task, name, isMode);

function offset(task: Members, name: string): number | bigint {
  const value = member(task, name, isOffset);
  return typeof value === 'string' ? BigInt(value) : value;
}

function path(task: Members, name: string): FilePath {
  const value = member(task, name, isPath);
  return typeof value === 'string' ? value : Buffer.from(value.base64, 'base64');
}
