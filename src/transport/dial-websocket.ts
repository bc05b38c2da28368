import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CONNECT_TIMEOUT_MS, INBOUND_MESSAGE_BYTES } from '../protocol/limits.js';
import type { Accept, Connection } from './connection.js';
import { LimitedDialError } from './dial-error.js';
import { formatSocketAddress } from './socket-address.js';
import { LIMIT_HEADER } from './upgrade-check.js';
import { BareWebSocket, connectWebSocket } from './websocket.js';

export interface DialWebSocket {
  /** `ws:` or `wss:`. */
  readonly url: URL;
  /** Sent with the upgrade request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the attempt; without effect once the link is open. */
  readonly signal: AbortSignal;
}

/** Longest part of a refusal's body that is shown. */
const REFUSAL_TEXT_BYTES = 512;

/**
 * Opens a WebSocket to an executor: no compression, no delay of small segments, messages up to 64 MiB.
 * Rejects with a plain `Error` whose text says why, after 10 s at most, or with the signal's reason.
 */
export function dialWebSocket({ url, headers, signal }: DialWebSocket, accept: Accept): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const websocket = new BareWebSocket(url, {
      headers,
      perMessageDeflate: false,
      maxPayload: INBOUND_MESSAGE_BYTES,
      autoPong: false,
    });
    let socket: Socket | undefined;
    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', abort);
      websocket.off('open', open);
      websocket.off('unexpected-response', refused);
      finish();
    };
    const open = () =>
      settle(() => {
        websocket.off('error', fail);
        // The library has emitted `upgrade` before `open`.
        const opened = socket as Socket;
        opened.setNoDelay(true);
        const peer = `exec-server websocket ${formatSocketAddress(opened.remoteAddress ?? url.hostname, opened.remotePort ?? 0)}`;
        resolve(connectWebSocket({ websocket, socket: opened, peer }, accept));
      });
    // Stays attached after a failure: the library reports the end of the broken attempt as an error, too.
    const fail = (error: Error) => settle(() => reject(withText(error)));
    const giveUp = (reason: unknown) => {
      settle(() => reject(reason));
      websocket.terminate();
    };
    const abort = () => giveUp(signal.reason);
    // The library's own timeout begins anew with every byte of an answer.
    const deadline = setTimeout(
      () => giveUp(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    const refused = (request: ClientRequest, response: IncomingMessage) => {
      refusalText(response).then((text) => {
        const { [LIMIT_HEADER]: limit } = response.headers;
        fail(typeof limit === 'string' ? new LimitedDialError(text, limit) : new Error(text));
        request.destroy();
      });
    };
    websocket.once('upgrade', (response) => {
      socket = response.socket;
    });
    websocket.on('open', open);
    websocket.on('error', fail);
    websocket.on('unexpected-response', refused);
    signal.addEventListener('abort', abort);
  });
}

/** A host of several addresses fails with an error that has no text of its own, only one for each of them. */
function withText(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  return new Error(error.errors.map(({ message }) => message).join('; '), { cause: error });
}

/** Why the listener did not upgrade: its status and the beginning of its text. Never rejects. */
async function refusalText(response: IncomingMessage): Promise<string> {
  const status = `the listener answered ${response.statusCode}`;
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk;
      if (body.length >= REFUSAL_TEXT_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  }
  const text = body.slice(0, REFUSAL_TEXT_BYTES).trim();
  return text === '' ? status : `${status}: ${text}`;
}
