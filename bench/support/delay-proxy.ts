import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A long way on one machine: what comes in at one end comes out at the other later, in the same order. */
export interface DelayProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Where it leads to; to be said before anybody comes. */
  target: { readonly host: string; readonly port: number } | undefined;
  /** How long each byte of a connection is under way, in either direction; of connections made from then on. Whole ms. */
  delayMs: number;
  /** Ends all connections without a word. */
  cut(): void;
}

export async function startDelayProxy(): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const { target, delayMs } = proxy;
    if (target === undefined) {
      near.destroy();
      return;
    }
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => from.destroy());
      from.on('close', () => sockets.delete(from));
      carry(from, to, delayMs);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: DelayProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: undefined,
    delayMs: 0,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      proxy.cut();
      await closed;
    },
  };
  return proxy;
}

function carry(from: Socket, to: Socket, delayMs: number): void {
  const later = delayMs === 0 ? (act: () => void) => act() : delayed(delayMs);
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroy()));
}

/** Timers ring up to two milliseconds late, which would count as the executor's: the last part of a wait is spent turn by turn. */
const TURNS_MS = 2;

/** Does what it is given, in that order and each so much later. */
function delayed(delayMs: number): (act: () => void) => void {
  const waiting: { readonly act: () => void; readonly due: number }[] = [];
  const look = () => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      const left = first.due - performance.now();
      if (left > 0) {
        if (left > TURNS_MS) setTimeout(look, left - TURNS_MS);
        else setImmediate(look);
        return;
      }
      waiting.shift();
      first.act();
    }
  };
  return (act) => {
    waiting.push({ act, due: performance.now() + delayMs });
    if (waiting.length === 1) look();
  };
}
