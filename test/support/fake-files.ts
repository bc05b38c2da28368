import { type Client, connect } from '#src/index.js';
import { FakeServer, Refusal } from './fake-server.js';

interface Open {
  readonly uri: string;
  readonly mode: 'read' | 'replace';
}

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is whatever the other side sent.
type Params = any;

/** Files of a fake server, in memory, by URI: handles, blocks and metadata as the protocol has them. */
export class FakeFiles {
  readonly contents = new Map<string, Buffer>();
  /** Open handles by id; as if all connections were one. */
  readonly handles = new Map<string, Open>();

  constructor(server: FakeServer, capabilities: object = { fileWriteStreaming: true, sandboxedFileStreaming: true }) {
    server.on('initialize', ({ resumeSessionId }) => ({
      sessionId: resumeSessionId ?? 'session',
      environmentInfo: { shell: { name: 'sh', path: '/bin/sh' }, capabilities },
    }));
    server.on('fs/open', (params) => this.open(params));
    server.on('fs/readBlock', (params) => this.readBlock(params));
    server.on('fs/writeBlock', (params) => this.writeBlock(params));
    server.on('fs/close', (params) => this.close(params));
    server.on('fs/getMetadata', (params) => this.getMetadata(params));
    server.on('fs/readFile', (params) => this.readFile(params));
    server.on('fs/writeFile', (params) => this.writeFile(params));
  }

  /** A file of so many bytes, none of them like its neighbours. Returns its content. */
  add(uri: string, length: number): Buffer {
    const content = Buffer.alloc(length);
    for (let at = 0; at + 4 <= length; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
    this.contents.set(uri, content);
    return content;
  }

  open({ handleId, path, mode = 'read' }: Params): object {
    if (mode === 'replace') this.contents.set(path, Buffer.alloc(0));
    this.#content(path);
    this.handles.set(handleId, { uri: path, mode });
    return { handleId };
  }

  readBlock({ handleId, offset, len }: Params): object {
    const block = this.#content(this.#open(handleId).uri).subarray(offset, offset + len);
    return { chunk: block.toString('base64'), eof: block.length < len };
  }

  writeBlock({ handleId, offset, chunk }: Params): object {
    const { uri } = this.#open(handleId);
    const before = this.#content(uri);
    const bytes = Buffer.from(chunk, 'base64');
    const after = Buffer.alloc(Math.max(before.length, offset + bytes.length));
    before.copy(after);
    bytes.copy(after, offset);
    this.contents.set(uri, after);
    return {};
  }

  close({ handleId }: Params): object {
    this.handles.delete(handleId);
    return {};
  }

  getMetadata({ path }: Params): object {
    const { length } = this.#content(path);
    const times = { createdAtMs: 0, modifiedAtMs: 1 };
    return { isDirectory: false, isFile: true, isSymlink: false, size: length, ...times };
  }

  readFile({ path }: Params): object {
    return { dataBase64: this.#content(path).toString('base64') };
  }

  writeFile({ path, dataBase64 }: Params): object {
    this.contents.set(path, Buffer.from(dataBase64, 'base64'));
    return {};
  }

  #open(handleId: string): Open {
    const open = this.handles.get(handleId);
    if (open === undefined) throw new Refusal(-32004, `unknown file handle \`${handleId}\``);
    return open;
  }

  #content(uri: string): Buffer {
    const content = this.contents.get(uri);
    if (content === undefined) throw new Refusal(-32004, 'No such file or directory (os error 2)');
    return content;
  }
}

/** A client on a fake server with files. */
export interface FileWorld extends AsyncDisposable {
  readonly server: FakeServer;
  readonly client: Client;
  readonly files: FakeFiles;
}

export async function fileWorld(capabilities?: object): Promise<FileWorld> {
  const server = await FakeServer.start();
  const files = new FakeFiles(server, capabilities);
  const client = await connect(server.url);
  return {
    server,
    client,
    files,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
