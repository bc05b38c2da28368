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
const NO_PROXY = { code: -32602, message: /managed network is not supported by this executor$/ };
/** What may be asked of a start, and how that is refused where there is no bubblewrap. */
const WISHES: Readonly<Record<string, { readonly wish: unknown; readonly refusal: typeof NO_PROXY }>> = {
  sandbox: {
    wish: {
      permissions: { type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'restricted' },
      windowsSandboxLevel: 'disabled',
    },
    refusal: { code: -32603, message: /^sandbox unavailable: FARHAND_BWRAP names/ },
  },
  enforceManagedNetwork: { wish: true, refusal: NO_PROXY },
  networkProxy: { wish: { proxy: PROXY }, refusal: NO_PROXY },
};

for (const spawner of SPAWNERS) {
  test(`what cannot be enforced is refused, and nothing runs (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, env: { FARHAND_BWRAP: '/no/such/bwrap' } });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    for (const [field, { wish, refusal }] of Object.entries(WISHES)) {
      for (const tty of [false, true]) {
        const trace = folder.file(`${field} ${tty}`);
        const started = client.start('p', ['touch', trace], { tty, more: { [field]: wish } });
        await t.throwsAsync(started, refusal as object);
        // The id is free, and a process that starts later has ended: what ran at all has run by now.
        await client.start(`after ${field} ${tty}`, ['true']);
        await client.closed(`after ${field} ${tty}`);
        t.false(existsSync(trace));
      }
    }
    t.is(client.record('p').events.length, 0);
  });
}
