/** Metrics with their port: observers of an executor, and the server that tells what they have seen. */
import type { LifecycleEvent } from '../remote/lifecycle.js';
import type { SocketAddress } from '../transport/socket-address.js';
import type { ExecutorEvent, Observer } from './executor-event.js';
import type { ExecutorState } from './executor-state.js';
import { Metrics, type Sources } from './metrics.js';
import { serveMetrics } from './metrics-server.js';

export interface MetricsPort extends Observer {
  /** `http://IP:PORT` with the real port. */
  readonly address: string;
  readonly remote: (event: LifecycleEvent) => void;
  /** The executor whose state is told from then on. */
  readonly attach: (executor: { readonly state: ExecutorState }) => void;
  readonly close: () => Promise<void>;
}

/** Errors: the operating system's, as they come. */
export async function openMetricsPort(at: SocketAddress, lostLines: Sources['lostLines']): Promise<MetricsPort> {
  let executor: { readonly state: ExecutorState } | undefined;
  let isDraining = false;
  const metrics = new Metrics({ state: () => executor?.state, lostLines });
  const server = await serveMetrics({ ...at, metrics, isHealthy: () => executor !== undefined && !isDraining });
  return {
    address: server.address,
    close: server.close,
    remote: metrics.remote,
    attach: (attached) => {
      executor = attached;
    },
    tell: (event: ExecutorEvent) => {
      isDraining ||= event.event === 'draining';
      metrics.tell(event);
    },
  };
}
