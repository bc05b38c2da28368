import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Runs `work` while no other thread or process of this machine runs work of the same name; the others wait their turn.
 *
 * The lock is a listening socket in Linux's abstract namespace: the kernel gives the name to one holder and takes it
 * back however the holder ends, so there is no stale lock to clean up, and a waiter is woken by its connection closing.
 * `name`: at most 100 bytes.
 */
export async function alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const address = `\0${name}`;
  for (;;) {
    const hold = await tryToHold(address);
    if (hold === undefined) {
      await holderHasLeft(address);
      continue;
    }
    try {
      return await work();
    } finally {
      await hold[Symbol.asyncDispose]();
    }
  }
}

async function tryToHold(address: string): Promise<AsyncDisposable | undefined> {
  const server = createServer();
  const waiting = new Set<Socket>();
  server.on('connection', (socket) => {
    waiting.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => waiting.delete(socket));
  });
  if (!(await listens(server, address))) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

function listens(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(true));
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(address);
  });
}

function holderHasLeft(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    // Refused: the holder left between our two calls. Either way `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
