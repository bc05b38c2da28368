import type { ExecutionContext } from 'ava';
import type { Accept, Connection, InboundMessage } from '#src/transport/connection.js';
import { type Listener, type ListenOptions, listen } from '#src/transport/listen.js';

/** The server's end of one link, with everything its owner was told. */
export interface ServedLink {
  readonly connection: Connection;
  readonly messages: InboundMessage[];
  /** Resolves with the reason the link ended for. */
  readonly closed: Promise<string>;
  /** Resolves when at least this many messages have come in all. */
  received(count: number): Promise<readonly InboundMessage[]>;
}

/** Collects what a connection tells its owner. `onAccept` runs where the owner would set itself up. */
export function collectLink(connection: Connection, onMessage: (message: InboundMessage) => void = () => {}) {
  const messages: InboundMessage[] = [];
  const waiting = new Set<() => void>();
  const { promise: closed, resolve: close } = withResolvers<string>();
  const link: ServedLink = {
    connection,
    messages,
    closed,
    received: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (messages.length < count) return;
          waiting.delete(check);
          resolve(messages);
        };
        waiting.add(check);
        check();
      }),
  };
  const events = {
    message: (message: InboundMessage) => {
      messages.push(message);
      onMessage(message);
      for (const check of [...waiting]) check();
    },
    closed: close,
  };
  return { link, events };
}

export interface ListenerUnderTest {
  readonly listener: Listener;
  /** The next link that was accepted. */
  nextLink(): Promise<ServedLink>;
}

/** A listener on a free loopback port that ends with the test. */
export async function startListener(
  t: ExecutionContext,
  options: Partial<ListenOptions> & { onMessage?: (link: Connection, message: InboundMessage) => void } = {},
): Promise<ListenerUnderTest> {
  const links: ServedLink[] = [];
  const waiting: ((link: ServedLink) => void)[] = [];
  const accept: Accept = (connection) => {
    const { link, events } = collectLink(connection, (message) => options.onMessage?.(connection, message));
    const waiter = waiting.shift();
    if (waiter === undefined) links.push(link);
    else waiter(link);
    return events;
  };
  const listener = await listen({ host: '127.0.0.1', port: 0, ...options }, accept);
  t.teardown(() => listener.close());
  return {
    listener,
    nextLink: () => {
      const link = links.shift();
      return link === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(link);
    },
  };
}

export function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
