import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/**
 * Where commands that a server started meet: each connects and waits until all are there.
 *
 *     command 1 ──connect──►┐
 *     command 2 ──connect──►├─ all `expected` are here ──"go"──► every command goes on
 *     command 3 ──connect──►┘
 *
 * A command keeps its connection (file descriptor 3) as long as any of its processes lives, so its closing shows the end.
 */
export interface MeetingPoint extends AsyncDisposable {
  /** Bash code that arrives here and returns when all are here. */
  readonly arrive: string;
  /** The same, which runs `command` again and again while it waits. */
  arriveAnd(command: string): string;
  /** Arrives without any command, and goes when all are here. */
  arriveAlso(): void;
  /** Resolves when all have been here and every process that inherited a connection has ended. */
  readonly allGone: Promise<void>;
}

export async function openMeetingPoint(expected: number): Promise<MeetingPoint> {
  const present = new Set<Socket>();
  let arrived = 0;
  let noneLeft = () => {};
  const allGone = new Promise<void>((resolve) => {
    noneLeft = resolve;
  });
  const server = createServer((socket) => {
    present.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      present.delete(socket);
      if (arrived === expected && present.size === 0) noneLeft();
    });
    socket.resume();
    arrived += 1;
    if (arrived === expected) for (const each of present) each.write('go\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const enter = `exec 3<>/dev/tcp/127.0.0.1/${port}`;
  return {
    arrive: `${enter}; read -r -u 3 _`,
    // Above 128 says that nothing came in time.
    arriveAnd: (command) => `${enter}; while read -r -t 0.01 -u 3 _; [ $? -gt 128 ]; do ${command}; done`,
    arriveAlso() {
      const socket = createConnection(port, '127.0.0.1');
      for (const event of ['data', 'error'] as const) socket.on(event, () => socket.destroy());
    },
    allGone,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of present) socket.destroy();
      await closed;
    },
  };
}
