import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** One folder under the two names that the ends of a connection have for it. */
export interface TwoNames {
  readonly near: string;
  readonly far: string;
}

/** Where a client connects that shall take the near name for the far one. */
export interface RenamingProxy extends AsyncDisposable {
  readonly url: string;
}

/**
 * Makes one disk look like two. The client works in `near`, an empty folder; what it says about that is said to the
 * executor about `far`, and the other way round:
 *
 *     client ──► url [ near becomes far ] ──► target
 *            ◄──     [ far becomes near ] ◄──
 *
 * So all that a client knows of these files, and all that it does to them, went through the executor.
 */
export async function startRenamingProxy(target: string, { near, far }: TwoNames): Promise<RenamingProxy> {
  const listener = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  listener.on('connection', (client) => {
    const server = new WebSocket(target, { perMessageDeflate: false });
    // Nothing may pass before there is somewhere to pass it to.
    client.pause();
    server.on('open', () => client.resume());
    client.on('message', (data) => server.send(data.toString().replaceAll(near, far)));
    server.on('message', (data) => client.send(data.toString().replaceAll(far, near)));
    endTogether(client, server);
  });
  await once(listener, 'listening');
  return {
    url: `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      for (const client of listener.clients) client.terminate();
      await closed;
    },
  };
}

function endTogether(one: WebSocket, other: WebSocket): void {
  for (const [socket, twin] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('close', () => twin.terminate());
    socket.on('error', () => socket.terminate());
  }
}
