/** A program that uses handshakes and then has nothing to do, after it has closed them or not. Says how many threads still run when it ends. */
import { writeSync } from 'node:fs';
import { HandshakePool } from '#src/pool/handshake-pool.js';
import { Loopback } from '#test/noise/support/loopback.js';
import { seenPools } from '#test/support/seen-pools.js';

process.on('exit', () => {
  const threads = [...seenPools].flatMap((pool) => pool.threads).length;
  writeSync(1, `threads at the end: ${threads}\n`);
});

const handshakes = new HandshakePool();
const [harness, executor] = [await handshakes.identity(), await handshakes.identity()];
await new Loopback(handshakes, harness, executor).shakeHands();
if (process.argv[2] === 'close') await handshakes.close();
writeSync(1, 'shaken, ');
