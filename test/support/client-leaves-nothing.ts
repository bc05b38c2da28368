/** A program that uses a client in many ways and closes it; it must then end by itself, without `process.exit`. */
import { connect } from '#src/index.js';

const client = await connect(process.argv[2] ?? '');
client.onStateChange(() => {});
const running = await client.start(['x'], { signal: new AbortController().signal });
const waiting = running.stdout.getReader().read();
waiting.catch(() => {});
await client.status();
await client.close();
process.stdout.write('done\n');
