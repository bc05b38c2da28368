/** A request with a sandbox is enforced or refused. */
import { existsSync } from 'node:fs';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const PROXY = {
  enabled: true,
  enableSocks5: false,
  enableSocks5Udp: false,
  allowUpstreamProxy: false,
  dangerouslyAllowAllUnixSockets: false,
  mode: 'full',
  allowLocalBinding: false,
};
const wishes = {
  sandbox: {
    permissions: { type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'restricted' },
    windowsSandboxLevel: 'disabled',
  },
  enforceManagedNetwork: true,
  networkProxy: { proxy: PROXY },
};

for (const spawner of SPAWNERS) {
  test(`what cannot be enforced is refused, and nothing runs (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    for (const [field, wish] of Object.entries(wishes)) {
      for (const tty of [false, true]) {
        const trace = folder.file(`${field} ${tty}`);
        const started = client.start('p', ['touch', trace], { tty, more: { [field]: wish } });
        await t.throwsAsync(started, { code: -32602, message: new RegExp(`^\`${field}\` asks for`) } as object);
        // The id is free, and a process that starts later has ended: what ran at all has run by now.
        await client.start(`after ${field} ${tty}`, ['true']);
        await client.closed(`after ${field} ${tty}`);
        t.false(existsSync(trace));
      }
    }
    t.is(client.record('p').events.length, 0);
  });
}
