import { installedProgram } from './install.js';
import { type ListeningServer, startListening } from './listening-server.js';
import type { Release } from './releases.js';

/** Starts the real executor of a release on a free port. */
export const startReferenceServer = async (release: Release): Promise<ListeningServer> =>
  startListening(await installedProgram(release), ['exec-server', '--listen', 'ws://127.0.0.1:0']);
