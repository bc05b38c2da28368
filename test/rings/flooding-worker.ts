/** Fills the ring it is given as fast as it can, from the moment it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { STREAMS } from '#src/rings/record-layout.js';
import { RingWriter } from '#src/rings/ring-writer.js';
import { FLOOD_CLOSED_SEQ, FLOOD_EXIT_SEQ, FLOOD_RECORDS, floodBytes } from './flood.js';

const { ring, gate } = workerData as { ring: SharedArrayBuffer; gate: Int32Array };
const writer = new RingWriter(ring);
parentPort!.postMessage('ready');
Atomics.wait(gate, 0, 0);

for (let seq = 1; seq <= FLOOD_RECORDS; seq += 1) {
  if (seq === FLOOD_EXIT_SEQ) writer.setExit({ seq, exitCode: 7, sandboxDenied: true });
  else writer.append(seq, STREAMS[seq % STREAMS.length]!, floodBytes(seq));
}
writer.setClosed(FLOOD_CLOSED_SEQ);
