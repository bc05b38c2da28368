/**
 * The executor as a program whose time can leap: a number of milliseconds on stdin, one a line. It is so much later then, for all but
 * the worker threads, and what nobody holds any more is given back. It answers with what it uses, one line of JSON on
 * standard error.
 */
import '#test/faults/support/leaping-time.js';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { leap } from '#test/faults/support/leaping-time.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const { main } = await import('#src/server.js');

createInterface({ input: process.stdin }).on('line', (ms) => {
  leap(Number(ms));
  // Timers that are due have rung in the turns between, and so have those that they have set.
  let turns = 20;
  const turn = () => {
    collect();
    turns -= 1;
    if (turns > 0) setTimeout(turn, 5);
    else console.error(JSON.stringify(process.memoryUsage()));
  };
  turn();
});

await main(process.argv.slice(2));
