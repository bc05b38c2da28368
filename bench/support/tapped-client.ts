import type { Client } from '#src/client/client.js';
import { openClient } from '#src/client/open-client.js';
import type { Target } from '#src/client/target.js';
import type { Accept, Connection } from '#src/transport/connection.js';

/** A request as it passed between the client and what carries its messages; times of `performance.now()`. */
export interface SeenRequest {
  readonly method: string;
  readonly sentAt: number;
  /** When its answer came; undefined before. */
  answeredAt: number | undefined;
}

/** A client of ours, and all that it has asked over its connections. */
export interface TappedClient extends AsyncDisposable {
  readonly client: Client;
  readonly requests: readonly SeenRequest[];
}

/**
 * Connects a client over links that are listened to: below everything that decides whether to ask, and, on an encrypted link,
 * just above the encryption, since nobody could read it further down.
 */
export async function connectTapped(target: Target): Promise<TappedClient> {
  const requests: SeenRequest[] = [];
  const client = await openClient(
    { ...target, dial: (accept, options) => target.dial(tapped(accept, requests), options) },
    undefined,
  );
  return { client, requests, [Symbol.asyncDispose]: () => client.close() };
}

const tapped =
  (accept: Accept, requests: SeenRequest[]): Accept =>
  (connection) => {
    const waiting = new Map<unknown, SeenRequest>();
    const events = accept(
      whenSending(connection, (text) => {
        const { id, method } = JSON.parse(text) as Message;
        if (id === undefined || method === undefined) return;
        const request: SeenRequest = { method, sentAt: performance.now(), answeredAt: undefined };
        requests.push(request);
        waiting.set(id, request);
      }),
    );
    return {
      message: (message) => {
        const { id, method } = JSON.parse(message.text ?? '{}') as Message;
        const request = method === undefined ? waiting.get(id) : undefined;
        if (request !== undefined) {
          request.answeredAt = performance.now();
          waiting.delete(id);
        }
        events.message(message);
      },
      closed: (reason) => events.closed(reason),
    };
  };

interface Message {
  readonly id?: unknown;
  readonly method?: string;
}

const whenSending = (connection: Connection, saw: (text: string) => void): Connection => ({
  peer: connection.peer,
  owner: connection.owner,
  malformed: connection.malformed,
  get queuedBytes() {
    return connection.queuedBytes;
  },
  send: (message, sent) => {
    saw(typeof message === 'string' ? message : Buffer.from(message).toString());
    connection.send(message, sent);
  },
  pause: () => connection.pause(),
  resume: () => connection.resume(),
  probe: (ms) => connection.probe(ms),
  close: (reason) => connection.close(reason),
});
