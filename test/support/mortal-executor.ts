/**
 * The executor as a program whose workers can be killed: the line `one` on stdin ends one thread of its pool, `all` every one.
 * Nothing of the executor is changed for it: the pool that it makes shows its threads itself.
 */
import { createInterface } from 'node:readline';
import { Piscina } from 'piscina';
import { main } from '#src/server.js';

const pools = new Set<Piscina>();
const { run } = Piscina.prototype;
Piscina.prototype.run = function (this: Piscina, ...task) {
  pools.add(this);
  return run.apply(this, task);
};

createInterface({ input: process.stdin }).on('line', (which) => {
  for (const { threads } of pools) {
    for (const thread of which === 'all' ? threads : threads.slice(0, 1)) void thread.terminate();
  }
});

await main(process.argv.slice(2));
