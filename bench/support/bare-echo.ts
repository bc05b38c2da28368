import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { endedWithin, startProgram } from '#test/interop/support/program.js';
import { startDelayProxy } from './delay-proxy.js';

/** What nobody can be quicker than over a long way on this machine: there and back, to a program that does nothing else. */
export interface BareEcho extends AsyncDisposable {
  /** Resolves when everything has come back. One at a time. */
  call(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./echo-program.js', import.meta.url));
const STOP_MS = 10_000;
/** About a process/start; what comes back of it is in one piece. */
const BYTES = 300;

/** `delayMs`: in each direction. */
export async function startBareEcho(delayMs: number): Promise<BareEcho> {
  const program = startProgram(process.execPath, [PROGRAM], { cwd: '/', env: {} });
  const proxy = await startDelayProxy();
  const stop = async () => {
    await proxy[Symbol.asyncDispose]();
    program.kill('SIGTERM');
    await endedWithin(program, STOP_MS);
  };
  proxy.target = { host: '127.0.0.1', port: Number(await program.firstLine) };
  proxy.delayMs = delayMs;
  const [host, port] = proxy.address.split(':');
  const socket = connect({ host: host!, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return {
    async call() {
      let left = BYTES;
      const back = new Promise<void>((resolve, reject) => {
        const take = (bytes: Buffer) => {
          left -= bytes.length;
          if (left > 0) return;
          socket.off('data', take).off('close', end);
          resolve();
        };
        const end = () => reject(new Error('the echo has ended'));
        socket.on('data', take).on('close', end);
      });
      socket.write(Buffer.alloc(BYTES));
      await back;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await stop();
    },
  };
}
