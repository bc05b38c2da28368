/**
 * The executor as a program whose workers can be killed: the line `one` on stdin ends one thread of its pool, `all` every one.
 */
import { createInterface } from 'node:readline';
import { main } from '#src/server.js';
import { seenPools } from './seen-pools.js';

createInterface({ input: process.stdin }).on('line', (which) => {
  for (const { threads } of seenPools) {
    for (const thread of which === 'all' ? threads : threads.slice(0, 1)) void thread.terminate();
  }
});

await main(process.argv.slice(2));
