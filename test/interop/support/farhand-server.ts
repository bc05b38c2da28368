import { fileURLToPath } from 'node:url';
import { type ListeningServer, startListening } from './listening-server.js';

const SERVER = fileURLToPath(import.meta.resolve('#src/server.js'));

/** Starts our executor on a free port, as a program of its own. */
export const startFarhandServer = (): Promise<ListeningServer> =>
  startListening(process.execPath, [SERVER, '--listen', 'ws://127.0.0.1:0']);
