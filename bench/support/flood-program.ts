/**
 * Floods an executor from a process of its own, until it is ended: `URL output` with output of one process after another,
 * `URL calls PATH` with questions about a file. Says a line when the flood is there.
 */
import { CountingClient } from './counting-client.js';

const OUTPUT_ARGV = ['/usr/bin/head', '-c', '100000000', '/dev/zero'];
/** Well below the 400 requests in flight from which on the rival may stop answering. */
const IN_FLIGHT = 250;

const [, , url = '', kind, path] = process.argv;
const client = await CountingClient.connect({ url, label: url });

const floods: Readonly<Record<string, () => Promise<unknown>>> = {
  output: () => client.receive(OUTPUT_ARGV),
  calls: () => client.request('fs/getMetadata', { path, sandbox: null }),
};
const flood = floods[kind!]!;
const again = async () => {
  for (;;) await flood();
};
await flood();
console.log('flooding');
await Promise.all(Array.from({ length: kind === 'calls' ? IN_FLIGHT : 1 }, again));
