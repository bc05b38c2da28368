/** Files that are read and written through links that are cut. An open file ends with its connection: whoever has one begins anew. */
import type { Client } from '#src/client/client.js';
import { TransportError } from '#src/index.js';

/** The whole file, block by block: each connection goes on where the last one ended. Out: its bytes, and how often it was opened. */
export async function readThroughCuts(client: Client, path: string): Promise<{ bytes: Buffer; opened: number }> {
  const blocks: Uint8Array[] = [];
  for (let opened = 1, start = 0; ; opened += 1) {
    try {
      await using file = await client.files.openRead(path, { start });
      for await (const block of file) {
        blocks.push(block);
        start += block.length;
      }
      return { bytes: Buffer.concat(blocks), opened };
    } catch (error) {
      rethrowUnlessLost(error);
    }
  }
}

/** Writes the whole file. Out: how often it was begun. */
export async function writeThroughCuts(
  client: Client,
  path: string,
  bytes: Uint8Array,
  piece: number,
): Promise<number> {
  for (let begun = 1; ; begun += 1) {
    try {
      await using file = await client.files.openWrite(path);
      const writer = file.getWriter();
      // What a write that fails has to say, the next one and the close say, too.
      writer.closed.catch(() => {});
      for (let at = 0; at < bytes.length; at += piece) await writer.write(bytes.subarray(at, at + piece));
      await writer.close();
      return begun;
    } catch (error) {
      rethrowUnlessLost(error);
    }
  }
}

function rethrowUnlessLost(error: unknown): void {
  if (!(error instanceof TransportError) || error.code !== 'DISCONNECTED') throw error;
}
