import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import test from 'ava';
import sodium from 'libsodium-wrappers';
import { type AgentIdentityOptions, agentIdentity } from '#src/credentials/agent-identity.js';
import type { AskWhole, Question } from '#src/http/ask-whole.js';
import { answer, type Said } from '#test/registry/support/asked.js';
import { credentialError, inSeconds, NEVER, never, now } from './support/world.js';

const issuer = generateKeyPairSync('rsa', { modulusLength: 2048 });
const agent = generateKeyPairSync('ed25519');
const JWKS = { keys: [{ ...issuer.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] };
const CLAIMS = {
  iss: 'https://chatgpt.com/codex-backend/agent-identity',
  aud: 'codex-app-server',
  iat: inSeconds(-10),
  exp: inSeconds(1_000),
  agent_runtime_id: 'runtime/1',
  agent_private_key: agent.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  account_id: 'acc',
  chatgpt_user_id: 'user',
  plan_type: 'pro',
  chatgpt_account_is_fedramp: false,
};

function token(claims: object = {}, header: object = {}): string {
  const parts = [
    { alg: 'RS256', kid: 'k1', ...header },
    { ...CLAIMS, ...claims },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), issuer.privateKey).toString('base64url')}`;
}

/** `tasks`: answers to the registration of a task, in turn. */
function world(tasks: (Said | Error)[] = [{ json: { task_id: 'task-1' } }], keys: Said = { json: JWKS }) {
  const questions: Question[] = [];
  let asked = 0;
  const ask: AskWhole = async (question) => {
    questions.push(question);
    if (question.method === 'GET') return answer(keys);
    const said = tasks[Math.min(asked++, tasks.length - 1)]!;
    if (said instanceof Error) throw said;
    return answer(said);
  };
  const open = (more: Partial<AgentIdentityOptions> = {}) =>
    agentIdentity({ token: token(), registryUrl: 'https://r.test', ask, deadline: never, now, ...more }, NEVER);
  return { open, questions };
}

const UNAVAILABLE = credentialError('invalid', 'Agent Identity authentication is unavailable');
const isSigned = (text: string, signature: string) =>
  verify(null, Buffer.from(text), agent.publicKey, Buffer.from(signature, 'base64'));

test('an agent proves itself, and then in each request', async (t) => {
  const { open, questions } = world();
  const source = await open();
  t.deepEqual(
    questions.map(({ url }) => url.href),
    [
      'https://chatgpt.com/backend-api/wham/agent-identities/jwks',
      'https://auth.openai.com/api/accounts/v1/agent/runtime%2F1/task/register',
    ],
  );
  const proof = JSON.parse(questions[1]!.body!);
  t.is(proof.timestamp, '2026-01-01T00:00:00Z');
  t.true(isSigned('runtime/1:2026-01-01T00:00:00Z', proof.signature));

  const headers = await source.headers('register', NEVER);
  t.deepEqual(headers[1], ['chatgpt-account-id', 'acc']);
  t.is(headers.length, 2);
  const [scheme, value] = headers[0]![1].split(' ');
  t.is(scheme, 'AgentAssertion');
  const assertion = JSON.parse(Buffer.from(value!, 'base64url').toString());
  t.deepEqual(Object.keys(assertion), ['agent_runtime_id', 'signature', 'task_id', 'timestamp']);
  t.like(assertion, { agent_runtime_id: 'runtime/1', task_id: 'task-1', timestamp: '2026-01-01T00:00:00Z' });
  t.true(isSigned('runtime/1:task-1:2026-01-01T00:00:00Z', assertion.signature));
  t.is(source.after401, undefined);
});

test('the places can be others, where nobody listens', async (t) => {
  const { open, questions } = world();
  await open({ keysBase: 'http://127.0.0.1:8/jw/', authApi: 'https://auth.test/a' });
  t.deepEqual(
    questions.map(({ url }) => url.href),
    ['http://127.0.0.1:8/jw/agent-identities/jwks', 'https://auth.test/a/v1/agent/runtime%2F1/task/register'],
  );
  await t.throwsAsync(open({ keysBase: 'http://keys.test' }), UNAVAILABLE);
  await t.throwsAsync(open({ authApi: 'http://auth.test' }), UNAVAILABLE);
  await t.throwsAsync(open({ registryUrl: 'http://r.test' }), { code: 'notForThisHost' });
});

test('an agent of the kind that needs it says so', async (t) => {
  const source = await world().open({ token: token({ chatgpt_account_is_fedramp: true }) });
  t.deepEqual((await source.headers('validate', NEVER)).at(-1), ['x-openai-fedramp', 'true']);
});

const rsaKey = issuer.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
const [head, claims, signature] = token().split('.');
for (const [title, wrong] of [
  ['another issuer', token({ iss: 'https://evil.test' })],
  ['another audience', token({ aud: 'other' })],
  ['none of the audiences', token({ aud: ['a', 'b'] })],
  ['expired', token({ exp: inSeconds(0) })],
  ['no runtime', token({ agent_runtime_id: '' })],
  ['no key', token({ agent_private_key: 'junk' })],
  ['a key of another kind', token({ agent_private_key: rsaKey })],
  ['an account that is no header', token({ account_id: 'a\nb' })],
  ['another algorithm', token({}, { alg: 'none' })],
  ['a key that nobody has', token({}, { kid: 'k2' })],
  ['something critical', token({}, { crit: ['x'] })],
  ['another signature', `${head}.${claims}.${signature?.slice(0, -8)}AAAAAAAA`],
  ['a personal token', 'at-1'],
] as const) {
  test(`a token that is wrong proves nothing: ${title}`, async (t) => {
    const { open, questions } = world();
    await t.throwsAsync(open({ token: wrong }), UNAVAILABLE);
    t.is(questions.length, 1);
  });
}

test('one of several audiences is enough', (t) =>
  t.notThrowsAsync(world().open({ token: token({ aud: ['x', 'codex-app-server'] }) })).then(() => {}));

test('without the keys of the issuer nothing is proved', async (t) => {
  for (const keys of [
    { status: 500, text: '' },
    { text: 'junk' },
    { json: { keys: [] } },
    { json: JWKS, isCut: true },
  ]) {
    await t.throwsAsync(world([], keys).open(), UNAVAILABLE);
  }
});

test('a task is asked for three times where that may help', async (t) => {
  for (const passing of [{ status: 429, text: '' }, { status: 503, text: '' }, new Error('reset')]) {
    const late = world([passing, passing, { json: { taskId: 'task-1' } }]);
    await t.notThrowsAsync(late.open());
    t.is(late.questions.length, 4);
    const never = world([passing]);
    await t.throwsAsync(never.open(), UNAVAILABLE);
    t.is(never.questions.length, 4);
  }
  for (const final of [{ status: 400, text: '' }, { status: 302, text: '' }, { json: {} }, { json: { task_id: '' } }]) {
    const { open, questions } = world([final]);
    await t.throwsAsync(open(), UNAVAILABLE);
    t.is(questions.length, 2);
  }
});

test('a task in a sealed box is for this agent only', async (t) => {
  await sodium.ready;
  const seal = (key: Uint8Array) => Buffer.from(sodium.crypto_box_seal('task-2', key)).toString('base64');
  // As everybody else makes it: from the public key.
  const publicKey = Buffer.from(createPublicKey(agent.privateKey).export({ format: 'jwk' }).x!, 'base64url');
  const sealed = seal(montgomery(publicKey));
  for (const json of [{ encrypted_task_id: sealed }, { encryptedTaskId: sealed }]) {
    const [[, value]] = (await (await world([{ json }]).open()).headers('register', NEVER)) as [[string, string]];
    t.is(JSON.parse(Buffer.from(value.split(' ')[1]!, 'base64url').toString()).task_id, 'task-2');
  }
  const other = seal(createHash('sha256').update('other').digest());
  await t.throwsAsync(world([{ json: { encrypted_task_id: other } }]).open(), UNAVAILABLE);
  await t.throwsAsync(world([{ json: { encrypted_task_id: 'junk' } }]).open(), UNAVAILABLE);
});

test('without a token there is nobody', async (t) => {
  const message = 'CODEX_ACCESS_TOKEN is required when --use-agent-identity-auth is set';
  for (const none of [undefined, '', ' ']) {
    await t.throwsAsync(world().open({ token: none }), credentialError('missing', message));
  }
});

/** The X25519 key of an Ed25519 key: u = (1 + y) / (1 - y). Source: RFC 7748, section 4.1. */
function montgomery(edwards: Buffer): Buffer {
  const p = 2n ** 255n - 19n;
  const y = BigInt(`0x${Buffer.from(edwards).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const power = (base: bigint, exponent: bigint): bigint => {
    let [result, square] = [1n, base % p];
    for (let left = exponent; left > 0n; left >>= 1n) {
      if (left & 1n) result = (result * square) % p;
      square = (square * square) % p;
    }
    return result;
  };
  const u = ((1n + y) * power((p + 1n - y) % p, p - 2n)) % p;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}
