/**
 * Envelopes of messages that go out. Members stand in the order of the reference; params, results and data come as JSON text, since
 * some are built without objects. Apart from reading them, so that workers that write results need not load what reads.
 */
import { INVALID_REQUEST, type LimitName, PARSE_ERROR_ID } from './errors.js';
import type { RequestId } from './ids.js';

export const encodeRequest = (id: RequestId, method: string, paramsJson: string) =>
  `{"id":${encodeId(id)},"method":${JSON.stringify(method)},"params":${paramsJson}}`;

export const encodeNotification = (method: string, paramsJson: string) =>
  `{"method":${JSON.stringify(method)},"params":${paramsJson}}`;

export const encodeResult = (id: RequestId, resultJson: string) => `{"id":${encodeId(id)},"result":${resultJson}}`;

/** `limit`: which limit was reached, where one was. */
export const encodeError = (
  id: RequestId,
  { code, message, limit }: { readonly code: number; readonly message: string; readonly limit?: LimitName | undefined },
) => {
  const data = limit === undefined ? '' : `"data":{"limit":"${limit}"},`;
  return `{"error":{"code":${code},${data}"message":${JSON.stringify(message)}},"id":${encodeId(id)}}`;
};

/** The answer to a message that could not be read. `peer` is the connection's, such as `exec-server websocket 127.0.0.1:5000`. */
export function encodeMalformed(peer: string, detail: string): string {
  const transport = peer.startsWith('exec-server websocket ') ? 'websocket ' : '';
  const message = `failed to parse ${transport}JSON-RPC message from ${peer}: ${detail}`;
  return encodeError(PARSE_ERROR_ID, { code: INVALID_REQUEST, message });
}

const encodeId = (id: RequestId) => (typeof id === 'string' ? JSON.stringify(id) : String(id));
