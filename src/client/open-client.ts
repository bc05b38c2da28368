import { Client } from './client.js';
import type { Target } from './target.js';

/** A client with a session. Errors: those of the first session, and nothing of the client is left. */
export async function openClient(target: Target, signal: AbortSignal | undefined): Promise<Client> {
  const client = new Client(target);
  try {
    await client.ready(signal);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}
