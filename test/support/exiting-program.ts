/** Serves itself some processes, closes the executor, and says what is left. It is not told to exit: it ends when nothing keeps it. */
import { Executor } from '#src/executor.js';
import { listen } from '#src/transport/listen.js';
import type { SpawnerName } from './executor-program.js';
import { RpcClient } from './rpc-client.js';

const executor = new Executor({ spawner: process.argv[2] as SpawnerName });
const listener = await listen({ host: '127.0.0.1', port: 0 }, executor.accept);
const client = await RpcClient.connect(listener.address);
const waiting = client.start('lasting', ['sleep', '1000']);
for (let n = 0; n < 10; n += 1) {
  await client.shell(`pipes ${n}`, 'echo x');
  await client.shell(`terminal ${n}`, 'echo x', { tty: true });
  await Promise.all([client.closed(`pipes ${n}`), client.closed(`terminal ${n}`)]);
}
await waiting;
void client.read('lasting', 0, { waitMs: 600_000 }).catch(() => {});
client.cut();
await client.ended;
await Promise.all([listener.close(), executor.close()]);
process.stdout.write(`${JSON.stringify({ signals: process.listenerCount('SIGCHLD') })}\n`);
