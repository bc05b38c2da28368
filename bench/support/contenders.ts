import type { Pair } from './alternation.js';
import type { ExecutorProgram } from './programs.js';
import { type Server, startServer } from './server.js';
import { WireClient } from './wire-client.js';

/** Both servers, running side by side: the one that is not measured is idle. */
export interface Contenders extends Pair<Server>, AsyncDisposable {}

export async function startContenders(programs: Pair<ExecutorProgram>): Promise<Contenders> {
  const rival = await startServer(programs.rival);
  const ours = await startServer(programs.ours);
  return {
    ours,
    rival,
    async [Symbol.asyncDispose]() {
      await Promise.all([ours[Symbol.asyncDispose](), rival[Symbol.asyncDispose]()]);
    },
  };
}

export interface Clients extends Pair<WireClient>, AsyncDisposable {}

/** One fresh connection to each. */
export async function connectBoth(servers: Pair<Server>): Promise<Clients> {
  const ours = await WireClient.connect(servers.ours);
  const rival = await WireClient.connect(servers.rival);
  return {
    ours,
    rival,
    async [Symbol.asyncDispose]() {
      await Promise.all([ours[Symbol.asyncDispose](), rival[Symbol.asyncDispose]()]);
    },
  };
}
