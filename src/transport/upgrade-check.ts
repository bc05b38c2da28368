import type { IncomingMessage } from 'node:http';

/** An answer that is not a WebSocket. `text` is the body; without one there is no content type either. */
export interface HttpAnswer {
  readonly status: number;
  readonly text?: string;
  readonly allow?: string;
  /** The limit that it is for, told in LIMIT_HEADER. */
  readonly limit?: string | undefined;
}

/** Asks for a token; the text of the refusal, or undefined when the header is good. */
export type CheckAuthorization = (authorization: string | undefined) => string | undefined;

/** Asks whether there is room for one more WebSocket; the text of the refusal and the limit that it is for, or undefined when there is. */
export type CheckRoom = () => { readonly message: string; readonly limit?: string | undefined } | undefined;

/** Ours: names the limit that an answer is for. */
export const LIMIT_HEADER = 'farhand-limit';

/** What a request gets: an answer, or a WebSocket. */
export type Verdict = { is: 'answer'; answer: HttpAnswer } | { is: 'upgrade' };

/** For a request that asks well but in a form of HTTP that cannot be upgraded. */
export const NO_UPGRADE_STATE: HttpAnswer = {
  status: 426,
  text: "WebSocket request couldn't be upgraded since no upgrade state was present",
};

type RequestFacts = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'httpVersion'>;

/**
 * Decides on one HTTP request, in this order: Origin, route, validity of the upgrade, authorization, room.
 * A browser always sends Origin, so that no web page reaches the executor of the machine it is shown on.
 * Source: 0.169.0, with its texts. One narrower choice: a `Sec-WebSocket-Key` that RFC 6455 forbids counts as missing.
 */
export function checkRequest(
  request: RequestFacts,
  checkAuthorization: CheckAuthorization,
  isReady: () => boolean = () => true,
  checkRoom: CheckRoom = () => undefined,
): Verdict {
  if (request.headers.origin !== undefined) return answer({ status: 403 });
  switch (pathOf(request.url ?? '')) {
    case '/':
      return checkUpgrade(request, checkAuthorization, checkRoom);
    case '/readyz':
      if (request.method === 'GET' || request.method === 'HEAD') return answer({ status: isReady() ? 200 : 503 });
      return answer({ status: 405, allow: 'GET,HEAD' });
    default:
      return answer({ status: 404 });
  }
}

function checkUpgrade(request: RequestFacts, checkAuthorization: CheckAuthorization, checkRoom: CheckRoom): Verdict {
  const { headers } = request;
  if (request.method !== 'GET') return answer({ status: 405, text: 'Request method must be `GET`' });
  if (!headers.connection?.toLowerCase().includes('upgrade')) {
    return answer({ status: 400, text: "Connection header did not include 'upgrade'" });
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return answer({ status: 400, text: "`Upgrade` header did not include 'websocket'" });
  }
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return answer({ status: 400, text: '`Sec-WebSocket-Key` header missing' });
  }
  if (headers['sec-websocket-version'] !== '13') {
    return answer({ status: 400, text: "`Sec-WebSocket-Version` header did not include '13'" });
  }
  if (request.httpVersion === '1.0') return answer(NO_UPGRADE_STATE);
  const refusal = checkAuthorization(headers.authorization);
  if (refusal !== undefined) return answer({ status: 401, text: refusal });
  const full = checkRoom();
  return full === undefined ? { is: 'upgrade' } : answer({ status: 503, text: full.message, limit: full.limit });
}

const answer = (of: HttpAnswer): Verdict => ({ is: 'answer', answer: of });

/** The path of a request target, be it `/path?query` or, as to a proxy, `http://host/path?query`. */
const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/, '');
