/**
 * What a helper answers, held against what it was asked. It runs our own program, in reach of programs that are not ours: it is read
 * as if a stranger had said it, since most of it goes on to the peer as it is.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import { BLOCK_HEAD, BLOCK_TAIL } from '../pool/block-slots.js';
import type { FileTasks } from '../pool/file-calls.js';
import { discoverRootsResult } from '../protocol/discovery.js';
import { INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, NOT_FOUND } from '../protocol/errors.js';
import type { FileMetadata } from '../protocol/files.js';
import type { FileUri } from '../protocol/ids.js';
import { DIRECTORY_ENTRIES } from '../protocol/limits.js';
import type { ReadyResult } from '../protocol/ready-result.js';
import type { Frame } from './frames.js';
import type { SandboxedOperation } from './messages.js';

/** What is asked for, closing a file among it. */
export type Asked =
  | {
      readonly [O in SandboxedOperation]: { readonly operation: O; readonly task: FileTasks[O]['task'] };
    }[SandboxedOperation]
  | { readonly operation: 'closeFile'; readonly task: { readonly fd: number } };
export type AskedOperation = Asked['operation'];

/** Results by operation. Those that are text of the peer's are in memory, ready to be sent. */
export interface HelperResults extends Record<AskedOperation, unknown> {
  readFile: ReadyResult;
  writeFile: undefined;
  createDirectory: undefined;
  getMetadata: FileMetadata;
  canonicalize: FileUri;
  readDirectory: ReadyResult;
  walk: ReadyResult;
  remove: undefined;
  copy: undefined;
  openFile: { readonly fd: number };
  readBlock: ReadyResult & { readonly eof: boolean };
  writeBlock: undefined;
  discoverRoots: ReadyResult;
  closeFile: undefined;
}

export type Answer = { readonly id: number } & (
  | { readonly done: unknown }
  | { readonly fault: { readonly code: number; readonly message: string } }
);

/** Errors: `SyntaxError` for what is no JSON, `RangeError` for what is no answer. */
export function readAnswer({ json }: Frame): Answer {
  const answer: unknown = JSON.parse(json);
  if (!isObject(answer) || !Number.isSafeInteger(answer.id)) throw improper('an answer to nothing');
  const id = answer.id as number;
  if (Object.hasOwn(answer, 'done')) return { id, done: answer.done };
  const { fault } = answer;
  if (!isObject(fault) || !FAULTS.has(fault.code) || typeof fault.message !== 'string') throw improper('no answer');
  return { id, fault: { code: fault.code as number, message: fault.message } };
}

const FAULTS: ReadonlySet<unknown> = new Set([NOT_FOUND, INVALID_REQUEST, INVALID_PARAMS, INTERNAL_ERROR]);

/** Errors: `RangeError` for what is no result of what was asked. */
export function readResult<A extends Asked>(asked: A, done: unknown, body: ReadyResult | undefined): unknown {
  switch (asked.operation) {
    case 'getMetadata':
      return withoutBody(body, check(isMetadata(done), done));
    case 'canonicalize':
      return withoutBody(body, check(isUri(done), done));
    case 'openFile':
      return withoutBody(body, check(isObject(done) && isAmount(done.fd), done));
    case 'readFile':
      return base64Text(body, FILE_HEAD, FILE_TAIL, asked.task.limitBytes);
    case 'readBlock': {
      const { eof } = check(isObject(done) && typeof done.eof === 'boolean', done) as { eof: boolean };
      const text = base64Text(body, BLOCK_HEAD, eof ? BLOCK_TAIL.end : BLOCK_TAIL.more, asked.task.length);
      return { ...text, eof };
    }
    case 'readDirectory':
      return jsonText(body, isListing);
    case 'walk': {
      const { maxEntries } = asked.task.limits;
      return jsonText(body, (value) => isWalk(value, maxEntries));
    }
    case 'discoverRoots': {
      const { roots } = asked.task;
      return jsonText(body, (value) => {
        const answered = v.safeParse(discoverRootsResult, value);
        if (!answered.success || answered.output.roots.length !== roots.length) return false;
        return answered.output.roots.every(({ id, path }, n) => id === roots[n]!.id && path === roots[n]!.path);
      });
    }
    case 'writeFile':
    case 'createDirectory':
    case 'remove':
    case 'copy':
    case 'writeBlock':
    case 'closeFile':
      return withoutBody(body, check(done === null, undefined));
    default:
      return asked satisfies never;
  }
}

const improper = (what: string) => new RangeError(what);

function check<T>(holds: boolean, value: T): T {
  if (!holds) throw improper('a result of another shape');
  return value;
}

function withoutBody<T>(body: ReadyResult | undefined, value: T): T {
  if (body !== undefined) throw improper('bytes that nobody asked for');
  return value;
}

// ---- texts of the peer's -----------------------------------------------------------------------------

const FILE_HEAD = '{"dataBase64":"';
const FILE_TAIL = '"}';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/**
 * A JSON object with one text of base64. That it is base64 through and through would take too long to find out here; it must not be
 * able to end before its end, or to be taken for more than one message.
 */
function base64Text(body: ReadyResult | undefined, head: string, tail: string, limitBytes: number): ReadyResult {
  if (body === undefined) throw improper('no text');
  const text = textOf(body);
  const from = head.length;
  const to = text.length - tail.length;
  if (to < from || to - from > 4 * Math.ceil(limitBytes / 3)) throw improper('a text of another length');
  if (text.toString('latin1', 0, from) !== head || text.toString('latin1', to) !== tail)
    throw improper('a text of another shape');
  const inside = text.subarray(from, to);
  const isOneText = isAscii(inside) && [QUOTE, BACKSLASH, NEWLINE].every((byte) => !inside.includes(byte));
  if (!isOneText) throw improper('a text that is no base64');
  return body;
}

/** Without line ends, which would end a message on some ways to the peer. */
function jsonText(body: ReadyResult | undefined, fits: (value: unknown) => boolean): ReadyResult {
  if (body === undefined) throw improper('no text');
  const text = textOf(body);
  if (!isUtf8(text) || text.includes(NEWLINE)) throw improper('a text of another kind');
  check(fits(JSON.parse(text.toString())), undefined);
  return body;
}

const textOf = ({ memory, start, end }: ReadyResult) =>
  Buffer.from(memory.buffer, memory.byteOffset + start, end - start);

// ---- shapes ------------------------------------------------------------------------------------------

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAmount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isFlag = (value: unknown) => typeof value === 'boolean';
const isText = (value: unknown) => typeof value === 'string';
/** URIs are ASCII without blanks. */
const isUri = (value: unknown) => typeof value === 'string' && /^file:\/\/[\x21-\x7e]*$/.test(value);

const isMetadata = (value: unknown) =>
  isObject(value) &&
  [value.isDirectory, value.isFile, value.isSymlink].every(isFlag) &&
  [value.size, value.createdAtMs, value.modifiedAtMs].every(isAmount);

const isListOf = (value: unknown, most: number, fits: (item: Members) => boolean) =>
  Array.isArray(value) && value.length <= most && value.every((item) => isObject(item) && fits(item));

const isListing = (value: unknown) =>
  isObject(value) &&
  isListOf(
    value.entries,
    DIRECTORY_ENTRIES,
    (entry) => isText(entry.fileName) && isFlag(entry.isDirectory) && isFlag(entry.isFile),
  );

/** Errors are told of directories and entries: for each there is one at most. */
const isWalk = (value: unknown, maxEntries: number) =>
  isObject(value) &&
  isFlag(value.truncated) &&
  isListOf(value.entries, maxEntries, ({ path, kind }) => isUri(path) && (kind === 'file' || kind === 'directory')) &&
  isListOf(value.errors, 2 * maxEntries + 1, ({ path, message }) => isUri(path) && isText(message));
