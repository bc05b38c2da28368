import { type Client, connect, type RemoteProcess } from '#src/index.js';
import { type RecordingProxy, startRecordingProxy } from '#test/support/recording-proxy.js';
import { startReferenceServer } from './reference-server.js';
import type { Release } from './releases.js';

/** Our client on the real executor of a release, with everything between the two recorded. */
export interface ClientOnCodex extends AsyncDisposable {
  readonly client: Client;
  readonly wire: RecordingProxy;
}

export async function connectToCodex(release: Release): Promise<ClientOnCodex> {
  const server = await startReferenceServer(release);
  const wire = await startRecordingProxy(server.url);
  const client = await connect(wire.url);
  return {
    client,
    wire,
    async [Symbol.asyncDispose]() {
      await client.close();
      await wire[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when the process has shown `text`; the process runs on. */
export async function untilShown(process: RemoteProcess, text: string): Promise<void> {
  let shown = '';
  for await (const event of process.events) {
    if (event.type !== 'output') continue;
    shown += Buffer.from(event.bytes).toString();
    if (shown.includes(text)) return;
  }
  throw new Error(`ended without "${text}": ${shown}`);
}
