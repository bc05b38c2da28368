/**
 * Starts children in every way, each with descriptors, and prints how many descriptors were open before and after as JSON.
 * A program of its own, for tests run beside each other in one. Arguments: a kind of spawner, a file to open.
 */
import { openSync } from 'node:fs';
import { descriptorsOf } from '#test/support/procfs.js';
import type { Spawner } from '#workers/spawner.js';
import { run, SPAWNERS } from './run-script.js';

const [kind, file] = process.argv.slice(2);
const spawner = SPAWNERS[kind as Spawner['kind']]();
const descriptors = [1, 2, 3].map(() => openSync(file!, 'r'));
/** Node's own come and go: those of its loops, and the sockets of the program that makes FIFOs. */
const open = () => descriptorsOf(process.pid).filter((to) => !/^(socket|anon_inode):/.test(to)).length;

const WAYS = ['pipes', 'pipes and stdin', 'terminal'] as const;
// What is loaded or opened once is there when it is counted.
for (const stdio of WAYS) await run(spawner, 'true', [], stdio);
const before = open();
const after: number[] = [];
for (const stdio of WAYS) {
  await run(spawner, 'true', descriptors, stdio);
  after.push(open());
}
process.stdout.write(JSON.stringify({ before, after }));
spawner.close();
