/** Where a server that is fuzzed may do what it is told, and what it may be told at all. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { decodeParams } from '#src/protocol/decode.js';
import { decodeMessage } from '#src/protocol/envelope.js';
import { JsonFloat, type JsonValue } from '#src/protocol/json-value.js';
import { LongText } from '#src/protocol/long-text.js';
import { isMethod } from '#src/protocol/methods.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import { isNative, nativePath, parsePathUri } from '#src/protocol/path-uri.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import type { Vocabulary } from './by-schema.js';
import { list, object, string, text } from './json-tree.js';

/** They end at once, or are not there. */
const PROGRAMS: readonly string[] = ['/usr/bin/true', 'true', '/nonexistent/program', 'no-such-program', ''];
/** No file grows beyond this: a copy of one with a hole of terabytes would take days. */
const FILE_BYTES = 1024 * 1024;

/** A folder that may be worked on in any way. */
export class Arena implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly #closedPort: number;
  readonly #uris: readonly string[];

  /** `closedPort`: of this machine; nobody listens there. */
  constructor(closedPort: number) {
    this.#closedPort = closedPort;
    const uri = pathToFileURL(this.#folder.path).href;
    const names = [
      'a',
      'b',
      'large',
      'dir',
      'dir/c',
      'dir/deep',
      'link',
      'missing',
      'dir/missing/x',
      'a/x',
      'new',
      'dir/',
      'dir/../b',
      '%62',
      'é',
    ];
    this.#uris = names.map((name) => `${uri}/${name}`);
  }

  get path(): string {
    return this.#folder.path;
  }

  /** Puts back what was removed. */
  restore(): void {
    const folder = this.#folder;
    try {
      mkdirSync(folder.file('dir/deep'), { recursive: true });
      folder.write('a', 'text');
      folder.write('dir/c', '');
      folder.write('large', 'x'.repeat(300_000));
      symlinkSync('a', folder.file('link'));
    } catch {
      // Something else stands there by now, which is as good.
    }
  }

  /** What parameters are made of, so that calls have to do with each other and end soon. */
  readonly words: Vocabulary = (kind, member, chance) => {
    switch (kind) {
      case 'fileUri':
        return string(chance.pick(this.#uris));
      case 'processId':
      case 'name':
        return string(chance.pick(['one', 'two', 'three', '', 'é']));
      case 'nullish':
        if (member === 'sandbox' && !chance.oneIn(12)) return text('null');
        if (member === 'waitMs') return text(chance.pick(['null', '0', '5']));
        if (member === 'networkProxy' && !chance.oneIn(10)) return text('null');
        return undefined;
      case 'tagged':
        // Places outside of the arena are none to be written in.
        return member === 'value'
          ? object({ kind: string(chance.pick(['minimal', 'project_roots', 'unknown'])), path: string('x') })
          : undefined;
      case 'list':
        if (member !== 'argv') return undefined;
        return list([chance.pick(PROGRAMS), ...chance.times(chance.below(3), () => 'x')].map(string));
      case 'string':
        if (member === 'url') return string(`http://127.0.0.1:${this.#closedPort}/${chance.pick(['', 'x', '?q=é'])}`);
        if (member === 'pattern') return string(`${this.path}/${chance.pick(['*', '**/c', '[ab]', '{a,b}', '?'])}`);
        if (member === 'method') return string(chance.pick(['GET', 'POST', 'x', '']));
        return undefined;
      case 'boolean':
        return member === 'tty' && !chance.oneIn(20) ? text('false') : undefined;
      case 'u64':
      case 'usize':
        return text(chance.pick(['0', '1', '2', '100', '70000', '1048576']));
      default:
        return undefined;
    }
  };

  /** Whether a server may be told this: looked at as the server does, whoever made it. What it cannot read does no harm. */
  permits(message: string): boolean {
    const read = orUndefined(() => decodeMessage(message));
    if (read?.kind !== 'request' || !isMethod(read.method)) return true;
    const { method, params } = read;
    if (params !== undefined && !textsOf(params).every((one) => this.#permitsPath(one))) return false;
    return orUndefined(() => decodeParams(method, params)) === undefined || this.#permitsCall(method, params);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #permitsPath(one: string): boolean {
    const uri = parsePathUri(one);
    if (typeof uri !== 'string' || !isNative(uri)) return true;
    const path = nativePath(uri);
    return typeof path === 'string' && path.startsWith(`${this.path}/`);
  }

  #permitsCall(method: string, params: JsonValue | undefined): boolean {
    switch (method) {
      case 'process/start':
        return PROGRAMS.includes(decodeParams('process/start', params).argv[0] ?? '');
      case 'fs/writeBlock':
        return decodeParams('fs/writeBlock', params).offset <= FILE_BYTES;
      case 'http/request': {
        const url = orUndefined(() => new URL(decodeParams('http/request', params).url));
        return !url?.protocol.startsWith('http') || url.host === `127.0.0.1:${this.#closedPort}`;
      }
      default:
        return true;
    }
  }
}

function textsOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || value instanceof JsonFloat || value instanceof LongText) return [];
  return Object.values(value).flatMap(textsOf);
}
