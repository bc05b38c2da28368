import test from 'ava';
import type { StoredAuth, Tokens } from '#src/credentials/auth-json.js';
import { ChatGptSignIn } from '#src/credentials/chatgpt-sign-in.js';
import type { Refreshed } from '#src/credentials/token-endpoint.js';
import { credentialError, inSeconds, jwt, NOW, now } from './support/world.js';

const tokens = (more: Partial<Tokens> = {}): Tokens => ({
  idToken: jwt({}),
  accessToken: jwt({ exp: inSeconds(3_600) }),
  refreshToken: 'rt',
  account: 'acc',
  ...more,
});
const expiring = (seconds: number) => jwt({ exp: inSeconds(seconds) });
const signedIn = (more: Partial<Tokens> = {}, lastRefreshMs: number | undefined = NOW): StoredAuth => ({
  is: 'chatGpt',
  tokens: tokens(more),
  lastRefreshMs,
});

/** A sign-in whose file is `stored`, and a token endpoint that says `answer`. */
function world(stored: StoredAuth | undefined, answer: Refreshed | (() => Promise<Refreshed>) = { is: 'failed' }) {
  const file = {
    stored,
    /** Called when somebody has the lock. */
    onLock: () => {},
    read: async () => file.stored,
    lock: async () => {
      file.onLock();
      return { [Symbol.asyncDispose]: async () => {} };
    },
    replaceTokens: async (_old: Tokens, renewed: Tokens, nowMs: number) => {
      file.stored = { is: 'chatGpt', tokens: renewed, lastRefreshMs: nowMs };
    },
  };
  const refreshes: [refreshToken: string, reason: string][] = [];
  const refresh = async ({ refreshToken }: Tokens, reason: string) => {
    refreshes.push([refreshToken, reason]);
    return typeof answer === 'function' ? answer() : answer;
  };
  const source = new ChatGptSignIn({ file, refresh, registryUrl: 'https://r.test', now });
  return { file, refreshes, source, bearer: async () => (await source.headers())[0]?.[1] };
}

const renewed = (accessToken = expiring(9_999)): Refreshed => ({
  is: 'renewed',
  tokens: tokens({ accessToken, refreshToken: 'rt2' }),
});

test('a sign-in tells its token and its account, and no account that only the token names', async (t) => {
  const { accessToken } = tokens();
  t.deepEqual(await world(signedIn()).source.headers(), [
    ['authorization', `Bearer ${accessToken}`],
    ['chatgpt-account-id', 'acc'],
  ]);
  const claimed = jwt({ 'https://api.openai.com/auth': { chatgpt_account_id: 'claimed' } });
  const { source } = world(signedIn({ account: undefined, idToken: claimed }));
  t.deepEqual(await source.headers(), [['authorization', `Bearer ${accessToken}`]]);
});

test('a sign-in of the kind that needs it says so', async (t) => {
  const idToken = jwt({ 'https://api.openai.com/auth': { chatgpt_account_is_fedramp: true } });
  t.deepEqual((await world(signedIn({ idToken })).source.headers()).at(-1), ['x-openai-fedramp', 'true']);
});

test('tokens go where nobody listens', (t) => {
  const { file } = world(signedIn());
  const make = (registryUrl: string) => () =>
    new ChatGptSignIn({ file, refresh: async () => ({ is: 'failed' }), registryUrl, now });
  t.throws(make('http://r.test'), { code: 'notForThisHost' });
  t.notThrows(make('http://127.0.0.1:8'));
});

test('a token is renewed 5 minutes before its end', async (t) => {
  const early = world(signedIn({ accessToken: expiring(301) }), renewed());
  t.is(await early.bearer(), `Bearer ${expiring(301)}`);
  t.deepEqual(early.refreshes, []);
  const late = world(signedIn({ accessToken: expiring(300) }), renewed());
  t.is(await late.bearer(), `Bearer ${expiring(9_999)}`);
  t.deepEqual(late.refreshes, [['rt', 'proactive_expiry']]);
  t.like(late.file.stored, { tokens: { refreshToken: 'rt2' }, lastRefreshMs: NOW });
});

test('a token whose end is not known is renewed after 8 days', async (t) => {
  const days = (count: number) => NOW - count * 86_400_000;
  const young = world(signedIn({ accessToken: 'opaque' }, days(8)), renewed());
  t.is(await young.bearer(), 'Bearer opaque');
  const old = world(signedIn({ accessToken: 'opaque' }, days(8) - 1), renewed());
  t.is(await old.bearer(), `Bearer ${expiring(9_999)}`);
});

test('a token that cannot be renewed is used as it is; of what is refused for good nobody asks again', async (t) => {
  for (const [answer, times] of [
    [{ is: 'failed' }, 2],
    [{ is: 'refused' }, 1],
  ] as const) {
    const { bearer, refreshes } = world(signedIn({ accessToken: expiring(1) }), answer);
    t.is(await bearer(), `Bearer ${expiring(1)}`);
    t.is(await bearer(), `Bearer ${expiring(1)}`);
    t.is(refreshes.length, times);
  }
});

test('many who need a new token at once get one', async (t) => {
  const { bearer, refreshes } = world(signedIn({ accessToken: expiring(1) }), renewed());
  const all = await Promise.all(Array.from({ length: 32 }, bearer));
  t.deepEqual(new Set(all), new Set([`Bearer ${expiring(9_999)}`]));
  t.is(refreshes.length, 1);
});

test('what another program has renewed meanwhile is taken', async (t) => {
  const { file, bearer, refreshes } = world(signedIn({ accessToken: expiring(1) }), renewed());
  file.onLock = () => {
    file.stored = signedIn({ accessToken: expiring(5_000) });
  };
  t.is(await bearer(), `Bearer ${expiring(5_000)}`);
  t.deepEqual(refreshes, []);
});

test('a refresh token that another program has used up is not the end', async (t) => {
  const { file, bearer } = world(signedIn({ accessToken: expiring(1) }), async () => {
    file.stored = signedIn({ accessToken: expiring(5_000), refreshToken: 'theirs' });
    return { is: 'refused' };
  });
  t.is(await bearer(), `Bearer ${expiring(5_000)}`);
});

test('after a 401 tokens are renewed, unless there are others already', async (t) => {
  const first = world(signedIn(), renewed());
  t.true(await first.source.after401(await first.source.headers()));
  t.deepEqual(first.refreshes, [['rt', 'forced']]);

  const second = world(signedIn(), renewed());
  const sent = await second.source.headers();
  second.file.stored = signedIn({ accessToken: expiring(5_000) });
  t.true(await second.source.after401(sent));
  t.deepEqual(second.refreshes, []);
});

test('after a 401 nothing is repeated with the same token', async (t) => {
  for (const answer of [{ is: 'failed' }, { is: 'refused' }, renewed(tokens().accessToken)] as const) {
    const { source } = world(signedIn(), answer);
    t.false(await source.after401(await source.headers()));
  }
});

test('somebody else in the file is the end, and so is nobody', async (t) => {
  const changed = credentialError('changed', 'executor authentication changed');
  for (const other of [signedIn({ account: 'other' }), signedIn({ account: undefined }), undefined] as const) {
    const { file, source } = world(signedIn());
    const sent = await source.headers();
    file.stored = other;
    await t.throwsAsync(source.headers(), changed);
    await t.throwsAsync(source.after401(sent), changed);
  }
  const { file, source } = world(signedIn({ accessToken: expiring(1) }));
  file.onLock = () => {
    file.stored = { is: 'apiKey', key: 'sk' };
  };
  await t.throwsAsync(source.headers(), changed);
});

test('a sign-in with nothing to show for it is told so', async (t) => {
  const message =
    'environment registry authentication error: failed to resolve environment registry authentication: request auth build error: executor credential has no usable bearer';
  const stored: StoredAuth[] = [
    { is: 'chatGpt', tokens: undefined, lastRefreshMs: undefined },
    { is: 'chatGpt', tokens: tokens(), lastRefreshMs: undefined },
    signedIn({ accessToken: 'a\nb' }),
    signedIn({ account: 'a\nb' }),
  ];
  for (const one of stored) await t.throwsAsync(world(one).source.headers(), credentialError('invalid', message));
});

test('what cannot be written is still used', async (t) => {
  const { file, bearer } = world(signedIn({ accessToken: expiring(1) }), renewed());
  file.replaceTokens = () => Promise.reject(new Error('disk full'));
  t.is(await bearer(), `Bearer ${expiring(9_999)}`);
});
