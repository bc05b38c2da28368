import type { Pair } from './alternation.js';
import type { Row, Section } from './benchmark.js';
import { type Clients, connectBoth } from './contenders.js';
import { ensureDelayedAck, withQuickAck } from './quick-ack.js';
import type { Server } from './server.js';

/** `unstalled`: without the rival's wait for delayed acknowledgements. */
export type Condition = 'shipped' | 'unstalled';

/** Measures over fresh connections: first as anybody would find the two programs, then unstalled, where that can be had. */
export async function underBothConditions(
  servers: Pair<Server>,
  rounds: number,
  measure: (clients: Clients, condition: Condition) => Promise<readonly Row[]>,
): Promise<readonly Section[]> {
  const measureAfresh = async (condition: Condition) => {
    await using clients = await connectBoth(servers);
    // Awaited here: what is returned unawaited outlives the connections.
    return await measure(clients, condition);
  };
  ensureDelayedAck();
  const rows = await measureAfresh('shipped');
  const shipped: Section = { is: 'measured', condition: 'as shipped', rounds, rows };
  const condition = "without the rival's delayed-ACK stall";
  const quick = await withQuickAck(() => measureAfresh('unstalled'));
  if (quick.is === 'refused') return [shipped, { is: 'skipped', condition, reason: quick.reason }];
  return [shipped, { is: 'measured', condition, rounds, rows: quick.result }];
}
