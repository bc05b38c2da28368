import type { ExecutionContext } from 'ava';
import { connectRaw } from './raw-peer.js';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** Whole lines; a handshake by default. */
  readonly headers?: readonly string[];
}

export const UPGRADE_HEADERS: readonly string[] = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Sends one request over a connection of its own and reads the whole answer, a 101 without what follows it. */
export async function requestRaw(t: ExecutionContext, address: string, request: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', target = '/', version = '1.1', headers = UPGRADE_HEADERS } = request;
  const peer = await connectRaw(t, address);
  peer.socket.write(
    `${method} ${target} HTTP/${version}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`,
    'latin1',
  );
  let text = '';
  for (let size = 1; ; size = text.length + 1) {
    text = (await peer.have(size)).toString('latin1');
    const answer = wholeAnswer(text, method);
    if (answer !== undefined) {
      peer.socket.destroy();
      return answer;
    }
    if (text.length < size) throw new Error(`no whole answer: ${JSON.stringify(text)}`);
  }
}

function wholeAnswer(text: string, method: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = text.slice(end + 4);
  const length = method === 'HEAD' ? 0 : Number(headers.get('content-length') ?? 0);
  return body.length < length ? undefined : { status: Number(statusLine.split(' ')[1]), headers, body };
}
