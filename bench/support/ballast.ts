/** Loaded into an executor by `--import`: memory that is held and has been touched, all of it. */
import { isMainThread } from 'node:worker_threads';

const BYTES = 200 * 1024 * 1024;

// What is loaded so is loaded by each thread.
if (isMainThread) Object.assign(globalThis, { ballast: Buffer.alloc(BYTES, 1) });
