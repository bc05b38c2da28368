/** environmentInfo.capabilities announces exactly what works: each capability is asked for what it promises. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { NOT_FOUND } from '#src/protocol/errors.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { ExecutorProgram } from './support/executor-program.js';
import { RpcClient, RpcFailure } from './support/rpc-client.js';
import { TemporaryFolder } from './support/temporary-folder.js';

/** What a question may use. */
interface Field {
  readonly client: RpcClient;
  /** Empty; HOME and CODEX_HOME of the executor lie in it. */
  readonly folder: TemporaryFolder;
}

/** Whether what the capability promises happens. A refusal by the executor is a no. */
type Question = (field: Field) => Promise<boolean>;

const uri = (folder: TemporaryFolder, name: string) => fileUri(folder.file(name));

/** Reads everything, writes nothing. */
const READ_ONLY = {
  permissions: {
    type: 'managed',
    file_system: {
      type: 'restricted',
      entries: [{ path: { type: 'special', value: { kind: 'root' } }, access: 'read' }],
    },
    network: 'restricted',
  },
  windowsSandboxLevel: 'disabled',
};

/** Reads the system's own folders only. */
const MINIMAL = {
  ...READ_ONLY,
  permissions: {
    ...READ_ONLY.permissions,
    file_system: {
      type: 'restricted',
      entries: [{ path: { type: 'special', value: { kind: 'minimal' } }, access: 'read' }],
    },
  },
};

const PROXY = {
  enabled: true,
  enableSocks5: false,
  enableSocks5Udp: false,
  allowUpstreamProxy: false,
  dangerouslyAllowAllUnixSockets: false,
  mode: 'full',
  allowLocalBinding: false,
};

/** Whether a process behind this proxy is told of it. */
const behindProxy =
  (more: object): Question =>
  async ({ client }) => {
    await client.shell('proxied', 'printf %s "$HTTP_PROXY"', {
      more: { networkProxy: { proxy: { ...PROXY, ...more } } },
    });
    return (await client.closed('proxied')).output().length > 0;
  };

const SKILL = '---\nname: greeting\ndescription: says hello\n---\nHello.\n';

const QUESTIONS: Readonly<Record<string, Question>> = {
  networkProxyLaunch: behindProxy({}),
  networkProxyReviewDomains: behindProxy({ reviewDomains: ['example.org'] }),
  credentialMasking: behindProxy({ credentialProviders: {} }),
  credentialMaskingCustomProviders: behindProxy({ credentialProviders: { custom: {} } }),

  async capabilityDiscoverySandbox({ client, folder }) {
    mkdirSync(folder.file('root/skill'), { recursive: true });
    writeFileSync(folder.file('root/skill/SKILL.md'), SKILL);
    const ask = async (sandbox: object | null) => {
      const roots = [{ id: 'r', path: uri(folder, 'root'), sandbox }];
      return (await client.call('capabilityRoots/discoverV1', { roots })).roots[0];
    };
    const [free, readOnly, hidden] = [await ask(null), await ask(READ_ONLY), await ask(MINIMAL)];
    return free.skills.length === 1 && readOnly.skills.length === 1 && hidden.skills.length === 0;
  },

  async capabilityDiscoveryV2({ client, folder }) {
    mkdirSync(folder.file('codex/skills/greeting'), { recursive: true });
    writeFileSync(folder.file('codex/skills/greeting/SKILL.md'), SKILL);
    const { skills } = await client.call('capabilities/discoverV2', { cwd: uri(folder, '.') });
    return skills.some(({ name }: { name: string }) => name === 'greeting');
  },

  async fsWatchMissing({ client, folder }) {
    const { watching } = await client.call('fs/watchMissing', { watchId: 1, missing: [uri(folder, 'missing')] });
    if (!watching) return false;
    writeFileSync(folder.file('missing'), '');
    await client.until(() => client.notified.some(({ method }) => method === 'fs/missingChanged'));
    return true;
  },

  async environmentConfigRead({ client, folder }) {
    mkdirSync(folder.file('codex'), { recursive: true });
    writeFileSync(folder.file('codex/config.toml'), 'model = "m"\n[mcp_servers.x]\ncommand = "y"\n');
    const asked = { cwd: uri(folder, '.'), configPaths: [['mcp_servers']], requirementsPaths: [] };
    const { config } = await client.call('environmentConfig/read', asked);
    const toml: string = config.layers.map((layer: { toml: string }) => layer.toml).join('');
    return toml.includes('mcp_servers') && !toml.includes('model');
  },

  async httpHeaderEnvVars({ client }) {
    const server = createServer((request, response) => response.end(request.headers['x-secret']));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { bodyBase64 } = await client.call('http/request', {
        method: 'GET',
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        headers: [{ name: 'x-secret', value: 'it is ', valueEnvVar: 'A_SECRET' }],
        requestId: 'r',
      });
      return Buffer.from(bodyBase64, 'base64').toString() === 'it is hidden';
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },

  async sandboxedFileStreaming({ client, folder }) {
    folder.write('seen', 'text');
    await client.call('fs/open', { handleId: 's', path: uri(folder, 'seen'), sandbox: READ_ONLY });
    const { chunk } = await client.call('fs/readBlock', { handleId: 's', offset: 0, len: 10 });
    const hidden = client.call('fs/open', { handleId: 'h', path: uri(folder, 'seen'), sandbox: MINIMAL });
    const isHidden = await hidden.then(
      () => false,
      (error: unknown) => error instanceof RpcFailure && error.code === NOT_FOUND,
    );
    return isHidden && Buffer.from(chunk, 'base64').toString() === 'text';
  },

  async fileWriteStreaming({ client, folder }) {
    await client.call('fs/open', { handleId: 'w', path: uri(folder, 'written'), mode: 'replace' });
    const chunk = Buffer.from('text').toString('base64');
    await client.call('fs/writeBlock', { handleId: 'w', offset: 0, chunk });
    await client.call('fs/close', { handleId: 'w' });
    return folder.read('written') === 'text';
  },

  async shellSnapshotV2({ client, folder }) {
    // A login shell reads this each time; with a snapshot once.
    mkdirSync(folder.file('home'), { recursive: true });
    writeFileSync(folder.file('home/.profile'), `echo read >> ${folder.file('logins')}\n`);
    const shell = { name: 'sh', path: '/bin/sh' };
    for (const processId of ['first', 'second']) {
      await client.start(processId, ['/bin/sh', '-lc', 'true'], {
        env: { HOME: folder.file('home') },
        more: { shellSnapshot: { scopeId: 'scope', shell } },
      });
      await client.closed(processId);
    }
    return readFileSync(folder.file('logins'), 'utf8') === 'read\n';
  },

  windowsMxc: async ({ client }) => (await client.call('environment/info', null)).platformOs === 'windows',
};

/** What they promise is written nowhere that we know: nobody could say whether it is kept. */
const UNKNOWN = { linuxRootWritePreservesDevices: false, linuxApprovedRootWritePreservesRestrictions: false };

test('every capability is announced exactly if it works', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start({
    env: { HOME: folder.file('home'), CODEX_HOME: folder.file('codex'), A_SECRET: 'hidden' },
  });
  await using client = await RpcClient.connect(executor.url);
  const { capabilities } = await client.call('environment/info', null);
  const found: Record<string, boolean> = { ...UNKNOWN };
  for (const [capability, works] of Object.entries(QUESTIONS)) {
    found[capability] = await works({ client, folder }).catch((error: unknown) => {
      if (error instanceof RpcFailure) return false;
      throw error;
    });
  }
  t.deepEqual(found, capabilities);
});
