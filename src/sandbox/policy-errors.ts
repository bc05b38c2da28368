/** What is wrong with a policy, in the words of release 0.169.0 where it has some. Two askers, two spellings. */
import { internalError, invalidParams, invalidRequest, type RpcError } from '../protocol/errors.js';
import type { FileUri } from '../protocol/ids.js';
import { notNativeText } from '../protocol/path-uri.js';

/** Who asks for the sandbox: process/start, or one of fs/*. */
export type AskerKind = 'process' | 'files';

/** The members of a policy that hold paths. */
export type PathField = 'policy cwd' | 'workspace root' | 'permission path' | 'command cwd';

/** A path of another kind of host. */
export const foreignPath = (asker: AskerKind, field: PathField, uri: FileUri): RpcError =>
  asker === 'process'
    ? invalidParams(`failed to prepare process sandbox: ${START_PREFIXES[field](uri)}: ${notNativeText(uri)}`)
    : invalidRequest(`${FILES_PREFIXES[field]}${notNativeText(uri)}`);

const START_PREFIXES: Readonly<Record<PathField, (uri: FileUri) => string>> = {
  'policy cwd': () => 'invalid sandbox policy cwd',
  'workspace root': () => 'invalid sandbox workspace root',
  'permission path': () => 'invalid sandbox permission path',
  'command cwd': (uri) => `command cwd URI \`${uri}\` is not valid on this host`,
};
const FILES_PREFIXES: Readonly<Record<PathField, string>> = {
  'policy cwd': '',
  'workspace root': 'file system sandbox workspace root is not native to this exec-server host: ',
  'permission path': 'invalid sandbox permission path URI: ',
  'command cwd': '',
};

/** A path that is no text: the arguments and the rules of a sandbox are text. */
export const pathNotUtf8 = (asker: AskerKind, field: PathField, uri: FileUri): RpcError =>
  asker === 'process'
    ? invalidParams(`failed to prepare process sandbox: invalid sandbox ${field}: '${uri}' is not valid UTF-8`)
    : invalidRequest(`invalid sandbox ${field}: '${uri}' is not valid UTF-8`);

/** Text that no path can have: with a NUL, or with half a character. */
export const textNoPath = (asker: AskerKind, field: 'subpath' | 'glob pattern' | 'TMPDIR'): RpcError =>
  asker === 'process'
    ? invalidParams(`failed to prepare process sandbox: invalid sandbox ${field}: it cannot be a path`)
    : invalidRequest(`invalid sandbox ${field}: it cannot be a path`);

export const needsCwd = (): RpcError =>
  invalidParams('file system sandbox context with dynamic permissions requires cwd');

/** A glob whose files cannot be found, or not without searching everything. */
export const globNotExpandable = (glob: string): RpcError =>
  invalidParams(
    `unreadable glob \`${glob}\` cannot be safely expanded; use a pattern with a non-root directory prefix`,
  );
export const globMatchesTooMuch = (glob: string, limit: number): RpcError =>
  invalidParams(`unreadable glob \`${glob}\` matches more than ${limit} files`);
/** A glob that meets a name which cannot be written as text. */
export const globMeetsBytes = (glob: string, directory: string): RpcError =>
  invalidParams(`unreadable glob \`${glob}\` cannot be safely expanded: a name in ${directory} is not valid UTF-8`);

/** A rule that a sandboxed program could turn to another place by changing the link. */
export const crossesWritableLink = (access: 'read' | 'deny', path: string, link: string): RpcError =>
  invalidParams(
    `cannot enforce sandbox ${access === 'read' ? 'read-only' : 'deny-read'} path ${path} because it crosses writable symlink ${link}`,
  );
export const writableCrossesLink = (path: string, link: string): RpcError =>
  invalidParams(`cannot use sandbox writable path ${path} because it crosses writable symlink ${link}`);
/** A rule about something that we cannot look at, where a sandboxed program could make it reachable. */
export const cannotExamine = (access: 'read' | 'deny', path: string, at: string): RpcError =>
  invalidParams(
    `cannot enforce sandbox ${access === 'read' ? 'read-only' : 'deny-read'} path ${path} because ${at} cannot be examined`,
  );

export const policyTooLarge = (): RpcError => invalidParams('sandbox policy is too large');
/** Of a command; as without a sandbox. */
export const commandTooLarge = (): RpcError => internalError('Argument list too long (os error 7)');
export const nulInLaunch = (what: 'path' | 'variable' | 'argument'): RpcError =>
  invalidParams(`sandboxed command has a NUL byte in ${what === 'argument' ? 'an' : 'a'} ${what}`);
