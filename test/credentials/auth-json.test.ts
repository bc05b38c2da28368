import test from 'ava';
import { readAuth, type StoredAuth, withTokens } from '#src/credentials/auth-json.js';
import { jwt, NOW } from './support/world.js';

const TOKENS = { id_token: jwt({}), access_token: 'opaque', refresh_token: 'rt', account_id: 'acc' };
const is = (json: unknown): StoredAuth['is'] | undefined => readAuth(JSON.stringify(json))?.is;

for (const [json, expected] of [
  [{}, 'chatGpt'],
  [{ tokens: TOKENS, last_refresh: '2026-01-01T00:00:00.123456789Z' }, 'chatGpt'],
  [{ OPENAI_API_KEY: null, tokens: TOKENS }, 'chatGpt'],
  [{ OPENAI_API_KEY: 'sk', tokens: TOKENS }, 'apiKey'],
  [{ OPENAI_API_KEY: 'sk', tokens: TOKENS, auth_mode: 'chatgpt' }, 'chatGpt'],
  [{ OPENAI_API_KEY: 'sk', auth_mode: 'apikey' }, 'apiKey'],
  [{ OPENAI_API_KEY: ' ', auth_mode: 'apikey' }, 'other'],
  [{ auth_mode: 'apikey' }, 'other'],
  [{ OPENAI_API_KEY: 'sk', personal_access_token: 'at-1' }, 'other'],
  [{ auth_mode: 'agentIdentity', agent_identity: 'x' }, 'agentIdentity'],
  [{ auth_mode: 'unheard of', tokens: TOKENS }, undefined],
  [{ tokens: { ...TOKENS, id_token: 'junk' } }, undefined],
  [{ tokens: { id_token: jwt({}) } }, undefined],
  [{ OPENAI_API_KEY: 5 }, undefined],
  [{ last_refresh: 'yesterday' }, undefined],
  [[], undefined],
  [null, undefined],
] as const) {
  test(`what stands in auth.json: ${JSON.stringify(json).replaceAll(jwt({}), 'JWT')}`, (t) => t.is(is(json), expected));
}

test('what is no JSON is as if it were not there', (t) => t.is(readAuth('{"tokens":'), undefined));

test('new tokens leave everything else as it was', (t) => {
  const before = { auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens: { ...TOKENS, extra: 1 }, more: { of: ['it'] } };
  const old = { idToken: TOKENS.id_token, accessToken: 'opaque', refreshToken: 'rt', account: 'acc' };
  const renewed = { ...old, accessToken: 'new', refreshToken: 'rt2' };
  const text = withTokens(JSON.stringify(before), old, renewed, NOW);
  t.deepEqual(JSON.parse(text!), {
    ...before,
    tokens: { ...before.tokens, access_token: 'new', refresh_token: 'rt2' },
    last_refresh: '2026-01-01T00:00:00.000Z',
  });
  t.is(withTokens(JSON.stringify(before), { ...old, refreshToken: 'other' }, renewed, NOW), undefined);
  t.is(withTokens('{}', old, renewed, NOW), undefined);
});
