import { inspect } from 'node:util';
import test from 'ava';
import { tokenEndpoint } from '#src/credentials/token-endpoint.js';
import { asked, type Said } from '#test/registry/support/asked.js';
import { jwt, never } from './support/world.js';

const TOKENS = { idToken: jwt({}), accessToken: 'old', refreshToken: 'rt', account: 'acc' };

test('a refresh token is exchanged as by the reference', async (t) => {
  const { ask, questions } = asked({ json: { access_token: 'new' } });
  const refreshed = await tokenEndpoint({ ask, deadline: never })(TOKENS, 'proactive_expiry');
  t.deepEqual(refreshed, { is: 'renewed', tokens: { ...TOKENS, accessToken: 'new' } });
  t.is(questions[0]?.url.href, 'https://auth.openai.com/oauth/token');
  t.is(questions[0]?.method, 'POST');
  t.is(
    questions[0]?.body,
    '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann","grant_type":"refresh_token","refresh_reason":"proactive_expiry","refresh_token":"rt"}',
  );
  t.deepEqual(
    questions[0]?.headers.map(([name]) => name),
    ['content-type', 'originator', 'user-agent'],
  );
});

test('what the answer has is taken, the rest stays', async (t) => {
  const idToken = jwt({ exp: 1 });
  const { ask } = asked({ json: { id_token: idToken, access_token: null, refresh_token: 'rt2', more: 1 } });
  const refreshed = await tokenEndpoint({ ask, deadline: never })(TOKENS, 'forced');
  t.deepEqual(refreshed, { is: 'renewed', tokens: { ...TOKENS, idToken, refreshToken: 'rt2' } });
});

const outcomes: readonly [said: Said | Error, is: string][] = [
  [{ status: 400, json: { error: { code: 'refresh_token_expired' } } }, 'refused'],
  [{ status: 400, json: { error: { code: 'Refresh_Token_REUSED' } } }, 'refused'],
  [{ status: 400, json: { error: 'refresh_token_invalidated' } }, 'refused'],
  [{ status: 500, json: { code: 'refresh_token_expired' } }, 'refused'],
  [{ status: 401, text: '' }, 'refused'],
  [{ status: 400, json: { error: { code: 'invalid_grant' } } }, 'failed'],
  [{ status: 400, json: { error: { code: 5 } } }, 'failed'],
  [{ status: 500, text: '' }, 'failed'],
  [{ status: 302, text: '' }, 'failed'],
  [{ status: 200, text: 'no JSON' }, 'failed'],
  [{ status: 200, json: { access_token: 'a b' } }, 'failed'],
  [{ status: 200, json: { id_token: 'junk' } }, 'failed'],
  [{ status: 200, json: {}, isCut: true }, 'failed'],
  [new Error('reset'), 'failed'],
];
for (const [said, is] of outcomes) {
  test(`an answer of the token endpoint and what it means: ${inspect(said).slice(0, 90)}`, async (t) => {
    t.is((await tokenEndpoint({ ask: asked(said).ask, deadline: never })(TOKENS, 'forced')).is, is as never);
  });
}

test('a refresh token goes over https, or to loopback', async (t) => {
  for (const [url, count] of [
    ['http://evil.test', 0],
    ['nope', 0],
    ['http://127.0.0.1:8/t', 1],
  ] as const) {
    const { ask, questions } = asked({ json: {} });
    await tokenEndpoint({ ask, deadline: never, url })(TOKENS, 'forced');
    t.is(questions.length, count);
  }
});
