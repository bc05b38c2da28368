/** Does one operation of the threads for files: its name is the argument, its task comes on standard input. Prints how it came out. */
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';

const operations = (await import('#workers/files.js')) as unknown as Record<string, (task: unknown) => unknown>;
const work = operations[process.argv[2]!]!;
process.stdout.write(`${JSON.stringify(work(deserialize(readFileSync(0))))}\n`);
