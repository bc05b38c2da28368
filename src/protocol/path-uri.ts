/**
 * Paths on the wire: `file:` URIs, in one canonical spelling, so that errors and results quote the same text as the reference.
 * Pure: nothing here looks at a disk. Source: 0.169.0, probed.
 *
 * The URL parser of the reference differs from Node's in drive letters, leading slashes and empty queries, and Node's differs from
 * release to release in what it escapes. So paths are parsed here; only host names are left to Node.
 */
import { isUtf8 } from 'node:buffer';
import { invalidRequest } from './errors.js';
import type { FileUri } from './ids.js';
import { PATH_URI_CHARACTERS } from './limits.js';
import { hostFault } from './url-fault.js';

/** A path of this host: text, or bytes where they are not UTF-8. Both are what Node's file functions take. */
export type NativePath = string | Buffer;

/** Already canonical, as nearly all are: plain segments, none of them `.` or `..` or a drive, nothing to escape. */
const PLAIN_URI = /^file:\/\/(?=\/)(?:\/\.?[\w\-~+@=,][\w\-~+@=,.]*)*\/?$/;
/** Longer texts go the general way: the engine remembers each segment that such a pattern has passed, and gives up at millions. */
const PLAIN_URI_CHARACTERS = 4096;

/** The canonical spelling, or why the text is no path. Hosts and drives are taken: such a path is only not native, see isNative. */
export function parsePathUri(text: string): FileUri | { fault: string } {
  if (text.length <= PLAIN_URI_CHARACTERS && PLAIN_URI.test(text)) return text as FileUri;
  if (text.length > PATH_URI_CHARACTERS) return invalidUri(`longer than ${PATH_URI_CHARACTERS} characters`);
  const trimmed = trimUrl(text);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === undefined) return invalidUri('relative URL without a base');
  if (scheme !== 'file') return foreignScheme(scheme, trimmed);

  const [beforeFragment, fragment] = cut(trimmed.slice('file:'.length), '#');
  const [location, query] = cut(beforeFragment, '?');
  const { host, hasAuthority, path } = splitAuthority(location.replaceAll('\\', '/'));
  const canonical = canonicalHost(host);
  if (typeof canonical !== 'string') return canonical;
  if (query !== undefined) return { fault: 'query parameters are not allowed in path URIs' };
  if (fragment !== undefined) return { fault: 'fragments are not allowed in path URIs' };

  const uri = spell(canonical, resolve(path, hasAuthority && canonical === ''));
  return uri.includes('%00') && !isOpaque(uri) ? { fault: notNativeText(uri) } : upperCaseDrive(uri);
}

/** False for a path of another kind of host: one with a host name, with a drive, or one that stands for bytes no URI can carry. */
export const isNative = (uri: FileUri) => uri.startsWith('file:///') && !DRIVE_URI.test(uri) && !isOpaque(uri);
const DRIVE_URI = /^file:\/\/\/[A-Za-z]:(?:\/|$)/;

/** What is said of a path that is not native. */
export const notNativeText = (uri: FileUri) => `'${uri}' is invalid on '${HOST_OS}'`;
const HOST_OS = process.platform === 'darwin' ? 'macos' : process.platform;

/**
 * The path on this host: escapes decoded to bytes, then `//`, `.`, `..` and a last `/` removed by their spelling alone.
 * Throws -32600 when the URI is not native.
 */
export function nativePath(uri: FileUri): NativePath {
  if (!isNative(uri)) throw notNative(uri);
  const path = uri.slice('file://'.length);
  if (!path.includes('%')) return normalize(path);
  const bytes = Buffer.from(normalize(unescapeToLatin1(path)), 'latin1');
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

function notNative(uri: FileUri) {
  const bytes = opaqueBytes(uri);
  const heldBack = bytes !== undefined && bytes[0] === SLASH && bytes.includes(0);
  return invalidRequest(heldBack ? 'file name contained an unexpected NUL byte' : notNativeText(uri));
}

/** The URI of an absolute path of this host. */
export function fileUri(path: NativePath): FileUri {
  const normal = normalize(Buffer.from(path as string).toString('latin1'));
  return noDrive(`file://${percentEncode(normal, PATH_ESCAPES)}`);
}

/** The URI of an entry of a directory; the spelling of the directory is kept. */
export function joinUri(directory: FileUri, name: NativePath): FileUri {
  const escaped = percentEncode(Buffer.from(name as string).toString('latin1'), NAME_ESCAPES);
  const joined = `${directory.replace(/\/$/, '')}/${escaped}` as FileUri;
  // The drive of a directory stays one.
  return directory === 'file:///' ? noDrive(joined) : joined;
}

/** A first name such as `C:` is escaped, lest it read as a drive. */
const noDrive = (uri: string) => uri.replace(/^(file:\/\/\/[A-Za-z]):(?=\/|$)/, '$1%3A') as FileUri;

/** The URI of the directory above, or undefined for the root. */
export function parentUri(uri: FileUri): FileUri | undefined {
  const [, root, path] = SPLIT_ROOT.exec(uri)!;
  const trimmed = path!.replace(/\/$/, '');
  if (trimmed === '') return undefined;
  return `${root}${trimmed.slice(0, Math.max(trimmed.lastIndexOf('/'), 0))}` as FileUri;
}
/** The last name, decoded; bytes that are not UTF-8 are replaced. Empty for the root. */
export function baseName(uri: FileUri): string {
  const [, , path] = SPLIT_ROOT.exec(uri)!;
  const name = path!.replace(/\/$/, '').replace(/^.*\//s, '');
  return name.includes('%') ? Buffer.from(unescapeToLatin1(name), 'latin1').toString() : name;
}
const SPLIT_ROOT = /^(file:\/\/[^/]*\/)(.*)$/;

// ---- spelling --------------------------------------------------------------------------------------

/** As URLs are read: no control characters or blanks around, no tabs and line ends anywhere. */
function trimUrl(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= SPACE) start++;
  while (end > start && text.charCodeAt(end - 1) <= SPACE) end--;
  return text.slice(start, end).replace(/[\t\n\r]/g, '');
}
const SPACE = 0x20;

function cut(text: string, at: string): [before: string, after: string | undefined] {
  const index = text.indexOf(at);
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

/** `//host/path`, `//c:/path` (no host: a drive), `/path`, `path`. */
function splitAuthority(location: string): { host: string; hasAuthority: boolean; path: string } {
  const authority = /^\/\/([^/]*)(.*)$/s.exec(location);
  if (authority === null) return { host: '', hasAuthority: false, path: location };
  const [, host, path] = authority as unknown as [string, string, string];
  if (isDrive(host)) return { host: '', hasAuthority: false, path: location.slice('//'.length) };
  return { host, hasAuthority: true, path };
}

/** Lower case, international names encoded, IPv4 in four numbers; `localhost` is no host. */
function canonicalHost(host: string): string | { fault: string } {
  if (host === '') return '';
  const url = `file://${host}/`;
  if (!URL.canParse(url) || EMPTY_PUNYCODE.test(host)) return invalidUri(hostFault(host));
  return new URL(url).host;
}
/** A label that encodes nothing. Node 24 began to take it. */
const EMPTY_PUNYCODE = /(?:^|\.)xn--(?:\.|$)/i;

interface Segments {
  segments: string[];
  /** The path names a drive in a way that makes a host before it meaningless. */
  dropsHost: boolean;
}

/**
 * Dots resolved, characters escaped. A drive is never left by `..`.
 * Where no empty host was written (`file:c|/x`, `file://h/c|/x`), a drive in first place is one for sure: `|` becomes `:`, the host goes.
 */
function resolve(path: string, emptyHost: boolean): Segments {
  const given = path.replace(/^\//, '').split('/');
  const segments: string[] = [];
  let dropsHost = false;
  for (const [index, segment] of given.entries()) {
    const dots = segment.replaceAll(/%2e/gi, '.');
    const isLast = index === given.length - 1;
    if (dots === '.' || dots === '..') {
      if (dots === '..' && !isDrive(segments.at(-1) ?? '')) segments.pop();
      if (isLast) segments.push('');
    } else if (segments.length === 0 && !emptyHost && isDrive(segment)) {
      segments.push(`${segment[0]}:`);
      dropsHost = true;
    } else {
      segments.push(percentEncode(Buffer.from(segment).toString('latin1'), PARSER_ESCAPES));
    }
  }
  return { segments, dropsHost };
}

/** Slashes at the front are one. */
function spell(host: string, { segments, dropsHost }: Segments): FileUri {
  const path = segments.join('/').replace(/^\/+/, '');
  return `file://${dropsHost ? '' : host}/${path}` as FileUri;
}

const upperCaseDrive = (uri: FileUri) =>
  DRIVE_URI.test(uri) ? (`file:///${uri[8]!.toUpperCase()}${uri.slice(9)}` as FileUri) : uri;

const isDrive = (segment: string) => /^[A-Za-z][:|]$/.test(segment);

/** What the URL parser escapes, what a whole path needs, and what a single name needs besides. The texts are Latin-1: one character, one byte. */
const PARSER_ESCAPES = /[^!$-;=?-_a-z|~#]/g;
const PATH_ESCAPES = /[^!$&-;=@-[\]-_a-z|~]/g;
const NAME_ESCAPES = /[^!$&-.0-;=@-[\]-_a-z|~]/g;

const percentEncode = (latin1: string, set: RegExp) =>
  latin1.replace(set, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

const unescapeToLatin1 = (path: string) =>
  path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function normalize(path: string): string {
  if (!/\/(?:\.{0,2}(?:\/|$))/.test(path)) return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

// ---- faults ----------------------------------------------------------------------------------------

const invalidUri = (text: string) => ({ fault: `invalid URI: ${text}` });

function foreignScheme(scheme: string, url: string): { fault: string } {
  if (URL.canParse(url)) return { fault: `unsupported path URI scheme \`${scheme}\`` };
  const [, host, port] = /^[^:]*:[\\/]*(?:[^\\/?#]*@)?(\[[^\\/?#]*|[^\\/?#:]*)(?::([^\\/?#]*))?/.exec(url)!;
  if (host === '') return invalidUri('empty host');
  return invalidUri(port === undefined || /^\d{0,4}$/.test(port) ? hostFault(host!) : 'invalid port number');
}

// ---- the opaque form ---------------------------------------------------------------------------------

/** `file:///%00/bad/path/BASE64URL` stands for bytes that no URI can carry. It is understood, and fails when used. */
const OPAQUE = /^file:\/\/\/%00\/bad\/path\/([\w-]+)$/;
const SLASH = 0x2f;

const isOpaque = (uri: FileUri) => opaqueBytes(uri) !== undefined;

function opaqueBytes(uri: FileUri): Buffer | undefined {
  const encoded = OPAQUE.exec(uri)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64url');
  return bytes.toString('base64url') === encoded ? bytes : undefined;
}
