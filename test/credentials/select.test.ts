import test from 'ava';
import type { StoredAuth } from '#src/credentials/auth-json.js';
import { type CredentialFlags, type Environment, select } from '#src/credentials/select.js';
import { jwt } from './support/world.js';

const REQUIRED = 'remote exec-server registration requires ChatGPT authentication or API key authentication';
const NONE = `${REQUIRED}; run \`codex login\` or set CODEX_API_KEY`;
const FLAG = `${REQUIRED}; Agent Identity auth requires --use-agent-identity-auth`;
const AGENT = jwt({ iss: 'https://chatgpt.com/codex-backend/agent-identity' });
const KEY: StoredAuth = { is: 'apiKey', key: 'stored' };
const SIGNED_IN: StoredAuth = { is: 'chatGpt', tokens: undefined, lastRefreshMs: undefined };

const CHOICES: readonly [CredentialFlags, Environment, StoredAuth | undefined, object | string][] = [
  [{ registrationBearerStdin: true }, { CODEX_API_KEY: 'sk' }, KEY, { use: 'registrationBearer' }],
  [{ executorCredentialStdin: true }, { CODEX_API_KEY: 'sk' }, KEY, { use: 'executorCredential' }],
  [{ chatgptTokenStdin: true, chatgptAccountId: 'a' }, {}, KEY, { use: 'chatGptToken', account: 'a' }],
  [
    { registryTokenFile: 'f', registryTokenHost: 'h' },
    { CODEX_API_KEY: 'sk' },
    KEY,
    { use: 'tokenFile', path: 'f', host: 'h' },
  ],
  [{ registryTokenFile: 'f' }, {}, KEY, '--registry-token-file requires --registry-token-host'],
  [
    { useAgentIdentityAuth: true },
    { CODEX_ACCESS_TOKEN: AGENT, CODEX_API_KEY: 'sk' },
    KEY,
    { use: 'agentIdentity', token: AGENT },
  ],
  [
    { useAgentIdentityAuth: true },
    { CODEX_ACCESS_TOKEN: ' ', CODEX_API_KEY: 'sk' },
    KEY,
    'CODEX_ACCESS_TOKEN is required when --use-agent-identity-auth is set',
  ],
  [{}, { CODEX_API_KEY: ' sk ', CODEX_ACCESS_TOKEN: AGENT }, SIGNED_IN, { use: 'apiKey', key: 'sk' }],
  [{}, { CODEX_ACCESS_TOKEN: AGENT }, KEY, FLAG],
  [{}, { CODEX_ACCESS_TOKEN: 'at-1' }, KEY, NONE],
  [{}, { CODEX_API_KEY: ' ', OPENAI_API_KEY: 'sk' }, SIGNED_IN, { use: 'chatGptSignIn' }],
  [{}, {}, KEY, { use: 'apiKey', key: 'stored' }],
  [{}, {}, { is: 'agentIdentity' }, FLAG],
  [{}, {}, { is: 'other' }, NONE],
  [{}, { OPENAI_API_KEY: 'sk' }, undefined, NONE],
];

for (const [flags, environment, stored, expected] of CHOICES) {
  const title = JSON.stringify([flags, environment, stored?.is]).replace(AGENT, 'JWT');
  test(`which credentials are used: ${title}`, async (t) => {
    const selected = select(flags, environment, async () => stored);
    if (typeof expected === 'string') await t.throwsAsync(selected, { message: expected, code: 'missing' });
    else t.deepEqual(await selected, expected as never);
  });
}

test('auth.json is read only when nothing goes before it', async (t) => {
  await select({}, { CODEX_API_KEY: 'sk' }, async () => t.fail() as undefined);
  await select({ registrationBearerStdin: true }, {}, async () => t.fail() as undefined);
  t.pass();
});
