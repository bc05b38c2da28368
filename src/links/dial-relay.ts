import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { WebSocket } from 'ws';
import {
  CLOSE_GRACE_MS,
  CONNECT_TIMEOUT_MS,
  INBOUND_MESSAGE_FRAGMENTS,
  RELAY_FRAME_BYTES,
} from '../protocol/limits.js';

export interface RelayDial {
  /** Of the registry's answer: `ws:` or `wss:`, with a signature in its query. Secret. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorities other than Node's own. */
  readonly secureContext?: SecureContext | undefined;
}

/** An open WebSocket that nobody owns yet. */
export interface DialledRelay {
  readonly websocket: WebSocket;
  readonly socket: Socket;
}

/** No link to the rendezvous came about. Neither text nor cause holds the URL. */
export class RelayDialError extends Error {
  override readonly name = 'RelayDialError';
  constructor(
    /** `http`: the rendezvous answered something else; `io`: no connection, or not in time; `other`: no WebSocket. */
    readonly kind: 'http' | 'io' | 'other',
    message: string,
    readonly detail: {
      readonly httpStatus?: number;
      /** Of the operating system or of TLS, such as ECONNREFUSED; `timedOut` after our own limit. */
      readonly ioErrorKind?: string;
      /** The header `x-codex-rendezvous-rejection-reason` as it came: to be shown only where it is known. */
      readonly rejectionReason?: string;
    } = {},
  ) {
    super(message);
  }
}

/** How long a peer that has said goodbye may stay: by default half a minute. The library's types do not know it. */
const SHORT_GOODBYE = { closeTimeout: CLOSE_GRACE_MS };

/**
 * Opens a WebSocket for frames: no compression, no delay of small segments, no message above 256 KiB.
 * Errors: RelayDialError, after 10 s at most; the signal's reason.
 */
export function dialRelay(dial: RelayDial, signal: AbortSignal): Promise<DialledRelay> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const websocket = openSocket(dial);
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
        // The library has emitted `upgrade` before `open`. Nothing is delivered before the owner is there.
        websocket.pause();
        resolve({ websocket, socket: socket as Socket });
      });
    // Stays attached after a failure: the library reports the end of the broken attempt as an error, too.
    const fail = (error: Error) => settle(() => reject(dialError(error)));
    const giveUp = (reason: unknown) => {
      settle(() => reject(reason));
      websocket.terminate();
    };
    const abort = () => giveUp(signal.reason);
    // The library's own timeout begins anew with every byte of an answer.
    const deadline = setTimeout(
      () =>
        giveUp(
          new RelayDialError('io', `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`, { ioErrorKind: 'timedOut' }),
        ),
      CONNECT_TIMEOUT_MS,
    );
    const refused = (request: ClientRequest, response: IncomingMessage) => {
      settle(() => reject(refusal(response)));
      request.destroy();
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

function openSocket({ url, headers = {}, secureContext }: RelayDial): WebSocket {
  try {
    return new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      maxPayload: RELAY_FRAME_BYTES,
      maxFragments: INBOUND_MESSAGE_FRAGMENTS,
      autoPong: false,
      followRedirects: false,
      ...SHORT_GOODBYE,
      ...(secureContext && { secureContext }),
    });
  } catch {
    // Its text quotes the URL.
    throw new RelayDialError('other', 'the registry named an address that cannot be dialled');
  }
}

const REASON_HEADER = 'x-codex-rendezvous-rejection-reason';

function refusal({ statusCode = 0, headers }: IncomingMessage): RelayDialError {
  const { [REASON_HEADER]: reason } = headers;
  return new RelayDialError('http', `the rendezvous answered ${statusCode}`, {
    httpStatus: statusCode,
    ...(typeof reason === 'string' && { rejectionReason: reason }),
  });
}

/** The library's and Node's errors name hosts and ports, and no path. */
function dialError(error: Error): RelayDialError {
  const [cause = error] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined || code.startsWith('WS_ERR_')) return new RelayDialError('other', 'no WebSocket came about');
  return new RelayDialError('io', cause.message, { ioErrorKind: code });
}
