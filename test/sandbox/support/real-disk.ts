/** The disk of this machine, under the name by which tests of plans know it. */
export { realDisk } from '#workers/sandbox/disk.js';
