import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

export type Side = 'client' | 'server';

/** One message that passed, in the order of passing. */
export interface RecordedMessage {
  readonly from: Side;
  readonly text: string;
}

/**
 * A WebSocket between a client and a server that passes every message on and keeps a copy.
 *
 *     client ──► url [ proxy ] ──► target
 *
 * Each connection to `url` makes one to the target; when either of the two ends, so does the other.
 * A side that does not take its messages holds the other one back, as it would without the proxy.
 */
export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  /** Everything that passed, over all connections. */
  readonly messages: readonly RecordedMessage[];
  /** How many requests, or notifications, of this method a side has sent. */
  count(from: Side, method: string): number;
  /** Ends all connections at once, as a broken network does; new ones are taken. */
  cut(): void;
  /** Reads no more from a side, on present and future connections; what it sends waits in its own socket. */
  stall(from: Side): void;
  /** Reads again from a stalled side. */
  resume(from: Side): void;
}

/** Messages of a side beyond this wait in its socket until the other side has taken what was passed on, bytes. */
const PASSING_BYTES = 1 << 20;

/** `rewrite` changes what passes; what is kept is what the other side got. */
export async function startRecordingProxy(
  target: string,
  rewrite: (message: RecordedMessage) => string = ({ text }) => text,
): Promise<RecordingProxy> {
  const messages: RecordedMessage[] = [];
  const lines = new Set<Line>();
  const stalled = new Set<Side>();

  const pass = (line: Line, from: Side, data: RawData, isBinary: boolean): void => {
    const original = data.toString();
    const text = rewrite({ from, text: original });
    messages.push({ from, text });
    const source = line[from];
    const sink = from === 'client' ? line.server : line.client;
    sink.send(text === original ? data : text, { binary: isBinary }, () => {
      if (!stalled.has(from) && sink.bufferedAmount <= PASSING_BYTES) source.resume();
    });
    if (sink.bufferedAmount > PASSING_BYTES) source.pause();
  };

  const listener = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  listener.on('connection', (client) => {
    const line: Line = { client, server: new WebSocket(target, { perMessageDeflate: false }) };
    lines.add(line);
    // Nothing may pass before there is somewhere to pass it to.
    client.pause();
    line.server.on('open', () => {
      if (!stalled.has('client')) client.resume();
      if (stalled.has('server')) line.server.pause();
    });
    for (const from of SIDES) {
      line[from].on('message', (data, isBinary) => pass(line, from, data, isBinary));
      line[from].on('error', () => line[from].terminate());
      line[from].on('close', () => {
        lines.delete(line);
        end(line);
      });
    }
  });
  await once(listener, 'listening');

  return {
    url: `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    messages,
    count: (from, method) => messages.filter((message) => message.from === from && methodOf(message) === method).length,
    cut: () => lines.forEach(end),
    stall(from) {
      stalled.add(from);
      for (const line of lines) line[from].pause();
    },
    resume(from) {
      stalled.delete(from);
      // A client whose way to the server is not open yet is resumed when it is.
      for (const line of lines) if (line.server.readyState === WebSocket.OPEN) line[from].resume();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      lines.forEach(end);
      await closed;
    },
  };
}

type Line = Readonly<Record<Side, WebSocket>>;

const SIDES: readonly Side[] = ['client', 'server'];

function end(line: Line): void {
  line.client.terminate();
  line.server.terminate();
}

const methodOf = ({ text }: RecordedMessage): unknown => (JSON.parse(text) as { method?: unknown }).method;
