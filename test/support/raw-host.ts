import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';

/** What the host says to a request, in its own bytes. */
export type Respond = (request: string, socket: Socket) => void;

/** Of bytes, one character for each. */
const HEAD_END = '\r\n\r\n';

/** A host that speaks HTTP exactly as a test wants, and keeps exactly what it was asked, one character for each byte. */
export class RawHost implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly sockets = new Set<Socket>();
  /** Connections there have been. */
  connections = 0;
  readonly #server: Server;
  readonly #respond: Respond;
  readonly #scheme: string;

  private constructor(respond: Respond, tls: TlsOptions | undefined) {
    this.#respond = respond;
    this.#scheme = tls ? 'https' : 'http';
    const serve = (socket: Socket) => this.#serve(socket);
    this.#server = tls ? createSecureServer(tls, serve) : createServer(serve);
    this.#server.on('tlsClientError', () => {});
  }

  static async start(respond: Respond, options: { tls?: TlsOptions; address?: string } = {}): Promise<RawHost> {
    const host = new RawHost(respond, options.tls);
    await once(host.#server.listen(0, options.address ?? '127.0.0.1'), 'listening');
    return host;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    const { address, family } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://${family === 'IPv6' ? `[${address}]` : address}:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let text = '';
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
      for (let end = requestEnd(text); end !== undefined; end = requestEnd(text)) {
        const request = text.slice(0, end);
        text = text.slice(end);
        this.requests.push(request);
        this.#respond(request, socket);
      }
    });
  }
}

/** Where the first request ends; undefined while it is not all there. */
function requestEnd(text: string): number | undefined {
  const head = text.indexOf(HEAD_END);
  if (head === -1) return undefined;
  const body = head + HEAD_END.length;
  if (/^transfer-encoding:.*chunked/im.test(text.slice(0, head))) {
    const last = text.indexOf(`0${HEAD_END}`, body);
    return last === -1 ? undefined : last + 1 + HEAD_END.length;
  }
  const end = body + Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length < end ? undefined : end;
}

/** An answer with a body whose length is said. */
export const answer = (body: string, { status = 200, headers = [] as readonly string[] } = {}): string =>
  [`HTTP/1.1 ${status} X`, ...headers, `content-length: ${body.length}`, '', body].join('\r\n');

export const path = (request: string): string => request.split(' ')[1]!;
