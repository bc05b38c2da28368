import test from 'ava';
import { installedProgram, whyUnsupported } from './install.js';
import { RELEASES } from './releases.js';

const INSTALL_MS = 15 * 60_000;

/**
 * Declares a test that runs real programs, or skips it on machines that cannot run them.
 * Serial: the programs are large, and side by side they measure the machine instead of the protocol.
 */
export const interop = whyUnsupported === undefined ? test.serial : test.serial.skip;

if (whyUnsupported === undefined) {
  test.before('the real programs are installed', async (t) => {
    t.timeout(INSTALL_MS);
    await Promise.all(RELEASES.map(installedProgram));
  });
} else {
  test(`skipped: ${whyUnsupported}`, (t) => t.pass());
}
