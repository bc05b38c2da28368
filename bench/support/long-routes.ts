/** The ways from our client to an executor, made long: what is sent is so much later at the other end, in either direction. */

import { webSocketTarget } from '#src/client/direct-targets.js';
import { environmentTarget } from '#src/client/environment-target.js';
import { connect } from '#src/index.js';
import { startDelayProxy } from './delay-proxy.js';
import { startEnvironments } from './environments.js';
import type { ExecutorProgram } from './programs.js';
import { startServer } from './server.js';
import { connectTapped, type TappedClient } from './tapped-client.js';

export interface LongRoute {
  /** As results name it. */
  readonly label: string;
  /** Connects a client to an executor of its own, for as long as the visit takes. `delayMs`: in each direction. */
  visit<Result>(
    executor: ExecutorProgram,
    delayMs: number,
    call: (client: TappedClient) => Promise<Result>,
  ): Promise<Result>;
}

/** The executor listens. */
export const byWebSocket: LongRoute = {
  label: 'over a WebSocket',
  async visit(executor, delayMs, call) {
    await using server = await startServer(executor);
    await using proxy = await startDelayProxy();
    const { hostname: host, port } = new URL(server.url);
    proxy.target = { host, port: Number(port) };
    proxy.delayMs = delayMs;
    await using client = await connectTapped(webSocketTarget(new URL(`ws://${proxy.address}`), {}));
    return await call(client);
  },
};

/** The executor dials out to a relay; the long part is between the relay and the client. */
export const byRelay: LongRoute = {
  label: 'through a Noise relay',
  async visit(executor, delayMs, call) {
    await using proxy = await startDelayProxy();
    await using environments = await startEnvironments({ executor }, proxy);
    const { token, ...target } = environments.executor;
    // The executor's link leads through the proxy as well, but is where it goes to at once: it is there before the delay is.
    await connect(target, { token }).then((client) => client.close());
    proxy.delayMs = delayMs;
    await using client = await connectTapped(environmentTarget(target, { token }));
    return await call(client);
  },
};
