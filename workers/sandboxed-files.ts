/**
 * The program that does the file operations of one session under one policy, inside its sandbox: requests come in on standard input,
 * replies go out on standard output, see src/sandboxed-files/messages.ts. Its arguments are paths at which it must let nothing come
 * into being, see files/withheld.ts. It ends with its input. Exit codes: 0 then, 2 for input
 * that is no request and for output that nobody takes, which is told on standard error.
 */
import { writeSync } from 'node:fs';
import { Helper } from './sandboxed-files/helper.js';
import { Output } from './sandboxed-files/output.js';
import { serve } from './sandboxed-files/serve.js';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const FAULTY_INPUT = 2;

process.on('uncaughtException', fail);
try {
  await serve(STDIN, new Helper(new Output(STDOUT), process.argv.slice(2)));
  // Work that is under way has nobody to answer to any more.
  process.exit();
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  writeSync(STDERR, `${error instanceof Error ? error.message : error}\n`);
  process.exit(FAULTY_INPUT);
}
