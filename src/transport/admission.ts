/** Holds connections back until somebody has decided about them; nothing of one is looked at before. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Both ends of an accepted TCP connection, as this side sees them. Addresses are empty when the peer has gone already. */
export interface ConnectionEnds {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly ownAddress: string;
  readonly ownPort: number;
}

/** Whether a connection is served; one that is not is reset. */
export type Admit = (ends: ConnectionEnds) => boolean | Promise<boolean>;

/**
 * Puts `admit` before everything that the server does with connections; to be called once, when its own listeners are there.
 * What a held peer sends stays unread in the buffer of its socket, which is bounded. Disposing drops what is held.
 */
export function admitConnections(server: Server, admit: Admit): Disposable {
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  const serve = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  const held = new Set<Socket>();
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const verdict = admit(endsOf(socket));
    if (verdict === true) serve(socket);
    else if (verdict === false) socket.resetAndDestroy();
    else void hold(socket, verdict);
  });

  async function hold(socket: Socket, verdict: Promise<boolean>): Promise<void> {
    const failed = () => socket.destroy();
    socket.on('error', failed);
    held.add(socket);
    const isAdmitted = await verdict.catch(() => false);
    held.delete(socket);
    if (socket.destroyed) return;
    if (!isAdmitted) {
      socket.resetAndDestroy();
      return;
    }
    socket.off('error', failed);
    serve(socket);
  }

  return {
    [Symbol.dispose]() {
      for (const socket of held) socket.destroy();
    },
  };
}

const endsOf = ({ remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 }: Socket): ConnectionEnds => ({
  peerAddress: remoteAddress,
  peerPort: remotePort,
  ownAddress: localAddress,
  ownPort: localPort,
});
