/** Writes a file by way of one beside it: its path is the argument, the contents come on standard input. Prints how that came out. */
import { openSync, readFileSync } from 'node:fs';
import { writeBeside } from '#workers/files/write-beside.js';

const path = process.argv[2]!;
try {
  process.stdout.write(`${writeBeside(path, openSync(path, 'r+'), readFileSync(0))}\n`);
} catch (error) {
  process.stdout.write(`${(error as NodeJS.ErrnoException).code}\n`);
}
