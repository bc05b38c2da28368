import { randomBytes } from 'node:crypto';
import { alternate } from './support/alternation.js';
import { type Benchmark, percentileRow, toReach } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { duration } from './support/duration.js';
import type { Requester } from './support/requester.js';
import { benchWorkspace, type Workspace } from './support/sandboxes.js';
import type { Samples } from './support/statistics.js';
import { type Amount, timeCalls } from './support/timed-calls.js';
import { WireClient } from './support/wire-client.js';

const ARGV = ['/usr/bin/true'];
const CONTENT = randomBytes(10_000).toString('base64');
/** What a client looks for in its workspace before its first command, and here does not find. */
const LOOKED_FOR = ['.agents/skills', '.codex/skills', 'AGENTS.override.md', 'AGENTS.md'];
const LOOKS = 20;

/** Times as fast. */
const GOALS = { shipped: { command: 4.5, write: 50 }, unstalled: { command: undefined, write: undefined } };

/** How long a caller waits for what is confined: a command, and work on files. */
export const sandboxed: Benchmark = {
  name: 'sandboxed',
  question:
    'confined by workspace-write: /usr/bin/true from process/start to process/closed; fs/writeFile of 10 KB to its answer; ' +
    `confined to the workspace alone: ${LOOKS} fs/getMetadata sent at once to the last answer`,
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const amount: Amount = effort === 'quick' ? { calls: 3, warmUp: 1 } : { calls: 20, warmUp: 5 };
    const bursts: Amount = effort === 'quick' ? { calls: 1, warmUp: 1 } : { calls: 3, warmUp: 1 };
    await using workspace = await benchWorkspace();
    return await underBothConditions(servers, rounds, async (clients, condition) => {
      const closed = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => client.launch(ARGV, { sandbox: workspace.writable }).closed }, amount),
      );
      const written = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => write(client, workspace) }, amount),
      );
      const found = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => lookAround(client, workspace) }, bursts),
      );
      const first = await alternate(servers, rounds, async (server): Promise<Samples> => {
        await using client = await WireClient.connect(server);
        return [await duration(() => write(client, workspace))];
      });
      return [
        toReach(GOALS[condition].command, percentileRow('command', closed, 0.5)),
        percentileRow('command', closed, 0.95),
        toReach(GOALS[condition].write, percentileRow('write', written, 0.5)),
        percentileRow('write', written, 0.95),
        percentileRow("session's first write", first, 0.5),
        percentileRow(`${LOOKS} looks`, found, 0.5),
      ];
    });
  },
};

const write = (client: Requester, { uri, writable }: Workspace): Promise<unknown> =>
  client.request('fs/writeFile', { path: uri('file'), dataBase64: CONTENT, sandbox: writable });

/** The answers are errors, and all are awaited. */
async function lookAround(client: Requester, { uri, scoped }: Workspace): Promise<void> {
  const looks = Array.from({ length: LOOKS }, (_, n) =>
    client.request('fs/getMetadata', { path: uri(LOOKED_FOR[n % LOOKED_FOR.length]!), sandbox: scoped }),
  );
  const answers = await Promise.allSettled(looks);
  const strange = answers.find(
    (answer) => answer.status === 'fulfilled' || !String(answer.reason).includes('No such file or directory'),
  );
  if (strange !== undefined) throw new Error(`not "missing", but ${JSON.stringify(strange)}`);
}
