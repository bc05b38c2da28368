/** One request and its answer on a connection of HTTP/1.1, through Node's own client. */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { HTTP_RESPONSE_HEAD_BYTES } from '../protocol/limits.js';
import type { MessageHead } from './message-head.js';

export interface Answer {
  readonly status: number;
  /** Names and values by turns, one character for each byte. */
  readonly rawHeaders: readonly string[];
  /** Read only as far as somebody reads it. Undefined where there can be none. */
  readonly body: IncomingMessage | undefined;
}

/** The connection had been used before, and ended before anything of the answer came: the host had no more use for it. */
export class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/**
 * Resolves when the head of the answer is in. `signal` ends everything at once, the body too.
 * Why not undici: it always sends a `connection` header, sends `content-length: 0` with an empty POST, and refuses headers
 * that a peer may ask for (`connection`, `expect`, `transfer-encoding`, `upgrade`).
 * Errors: StaleConnection, and whatever Node says.
 */
export function ask(
  head: MessageHead,
  body: Buffer | undefined,
  where: RequestOptions,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const asking = request({ ...where, path: head.target, setHost: false, maxHeaderSize: HTTP_RESPONSE_HEAD_BYTES });
    asking.maxHeadersCount = 0;
    const end = () => asking.destroy(new Error('the exchange was ended'));
    signal.addEventListener('abort', end, { once: true });

    let arriving: IncomingMessage | undefined;
    asking.on('response', (answer) => {
      arriving = answer;
      if (answer.httpVersionMajor !== 1) asking.destroy(new Error('the answer is not HTTP/1'));
      else if (hasBody(head.method, answer.statusCode)) resolve(answerOf(answer, answer));
      else resolve(answerOf(answer.resume(), undefined));
    });
    /** The connection becomes something else, which nobody here speaks. */
    const switched = (answer: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      resolve(answerOf(answer, undefined));
    };
    asking.on('upgrade', switched);
    asking.on('connect', switched);
    asking.on('error', (error: NodeJS.ErrnoException) => {
      // Node takes a body that ends with its connection for complete, also when the connection was reset.
      arriving?.destroy(error);
      const stale = asking.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection('the host had closed the connection', { cause: error }) : error);
    });
    say(asking, head, body);
  });
}

/** Source: RFC 9112, section 6.3. */
const hasBody = (method: string, status: number | undefined) => method !== 'HEAD' && status !== 204 && status !== 304;

const answerOf = ({ statusCode, rawHeaders }: IncomingMessage, body: IncomingMessage | undefined): Answer => ({
  status: statusCode ?? 0,
  rawHeaders,
  body,
});

/** Headers that Node adds by itself, unless it was told that they were removed. */
const NODES_OWN = ['connection', 'content-length', 'transfer-encoding'];

function say(asking: ClientRequest, { method, headers }: MessageHead, body: Buffer | undefined): void {
  // Set afterwards, since what is given as an option is sent in upper case.
  asking.method = method;
  for (const [name, values] of headers) asking.setHeader(name, values);
  for (const name of NODES_OWN) if (!headers.has(name)) asking.removeHeader(name);
  asking.end(body);
}
