/** A program that connects to the first argument, with the second as token if there is one, and leaves, connected or not. */
import { connect } from '#src/index.js';

const [url = '', token] = process.argv.slice(2);
const client = await connect(url, { token }).catch(() => undefined);
await client?.close();
