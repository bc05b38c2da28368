import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { chatGptToken } from '#src/credentials/chatgpt-token.js';
import { CredentialLines } from '#src/credentials/credential-frames.js';
import { ExecutorCredential } from '#src/credentials/executor-credential.js';
import { firstLine } from '#src/credentials/first-line.js';
import { registrationBearer } from '#src/credentials/registration-bearer.js';
import { credentialError, inSeconds, jwt, NEVER, NOW, never } from './support/world.js';

const REGISTRY = 'https://r.test';

/** What comes in pieces and then ends, or does not. */
function stream(pieces: readonly (string | Buffer)[], ends = true): PassThrough {
  const input = new PassThrough();
  for (const piece of pieces) input.write(piece);
  if (ends) input.end();
  return input;
}

const bearerOf = async (...pieces: string[]) =>
  (await (await registrationBearer(stream(pieces), REGISTRY)).headers('register', NEVER))[0]?.[1];

test('a bearer is one line; what comes behind it does not count', async (t) => {
  t.is(await bearerOf('abc\n'), 'Bearer abc');
  t.is(await bearerOf('a', 'b', 'c\r', '\nmore\n'), 'Bearer abc');
  t.is(await bearerOf(`${'x'.repeat(16_383)}\n`), `Bearer ${'x'.repeat(16_383)}`);
  t.is(await bearerOf('x'.repeat(9_000), `${'x'.repeat(7_383)}\nmore`), `Bearer ${'x'.repeat(16_383)}`);
  t.false((await registrationBearer(stream(['abc\n']), REGISTRY)).showsRegistryTexts);
});

test('a line without an end, or too long, is no bearer', async (t) => {
  const text = 'expected a newline-terminated registration bearer of at most 16 KiB';
  for (const line of ['', 'abc', `${'x'.repeat(16_384)}\n`, 'x'.repeat(1_000_000)]) {
    await t.throwsAsync(bearerOf(line), credentialError('invalid', text));
  }
  // Not waited for when it cannot become one.
  const endless = registrationBearer(stream(['x'.repeat(16_384)], false), REGISTRY);
  await t.throwsAsync(endless, credentialError('invalid', text));
});

test('a bearer is visible ASCII', async (t) => {
  for (const line of ['\n', '\r\n', 'a b\n', ' ab\n', 'é\n', 'a\tb\n', 'a\x7f\n', 'a\r\r\n']) {
    await t.throwsAsync(bearerOf(line), credentialError('invalid', 'invalid registration bearer'));
  }
});

test('a bearer is not even read for a registry that may not see it', async (t) => {
  const input = stream(['abc\n']);
  await t.throwsAsync(registrationBearer(input, 'http://r.test'), { code: 'notForThisHost' });
  t.is(input.readableLength, 4);
});

test('whoever reads on gets what was behind the line', async (t) => {
  const input = stream(['one\ntwo'], false);
  t.deepEqual(await firstLine(input, 100), { line: Buffer.from('one') });
  input.end('!');
  t.is(Buffer.concat(await input.toArray()).toString(), 'two!');
});

test('waiting for a line ends when it is no longer wanted, and leaves nothing behind', async (t) => {
  const input = stream([], false);
  const wanted = new AbortController();
  const line = firstLine(input, 100, wanted.signal);
  wanted.abort(new Error('enough'));
  await t.throwsAsync(line, { message: 'enough' });
  t.is(input.listenerCount('data'), 0);
});

// ---- executor credentials ---------------------------------------------------------------------------------

const frame = (change: object = {}) =>
  `${JSON.stringify({ version: 1, environment_id: 'env-1', token: 'tok', expires_at: inSeconds(60), ...change })}\n`;

const open = (stdin: PassThrough, { now = () => NOW, deadline = never as (ms: number) => AbortSignal } = {}) =>
  ExecutorCredential.open({ stdin, registryUrl: REGISTRY, environmentId: 'env-1', now, deadline });

test('each frame takes the place of the one before', async (t) => {
  const input = stream([frame()], false);
  const source = await open(input);
  t.false(source.showsRegistryTexts);
  t.deepEqual(await source.headers(), [['authorization', 'Bearer tok']]);
  input.write(frame({ token: 'new' }).slice(0, 9));
  input.end(frame({ token: 'new' }).slice(9));
  await source.ended;
  t.deepEqual(await source.headers(), [['authorization', 'Bearer new']]);
});

test('a credential that has ended is not sent, until there is a new one', async (t) => {
  let now = NOW;
  const input = stream([frame()], false);
  const source = await open(input, { now: () => now });
  now += 59_999;
  await t.notThrowsAsync(source.headers());
  now += 1;
  await t.throwsAsync(source.headers(), credentialError('expired', 'exec-server executor credential is expired'));
  input.end(frame({ expires_at: inSeconds(120) }));
  await source.ended;
  await t.notThrowsAsync(source.headers());
});

const INVALID = 'invalid exec-server executor credential frame';
const TOO_LONG = 'exec-server executor credential frame exceeds the size limit';
const WRONG: readonly [title: string, line: string, text: string][] = [
  ['an unknown member', frame({ more: 1 }), INVALID],
  ['another version', frame({ version: 2 }), INVALID],
  ['a date in words', frame({ expires_at: '2030-01-01' }), INVALID],
  ['half a second', frame({ expires_at: inSeconds(60) + 0.5 }), INVALID],
  ['no token', frame({ token: '' }), INVALID],
  ['a blank in the token', frame({ token: 'a b' }), INVALID],
  ['a token beyond ASCII', frame({ token: 'é' }), INVALID],
  ['nothing', '\n', INVALID],
  ['no JSON', 'tok\n', INVALID],
  ['a token of 16,384', frame({ token: 'x'.repeat(16_384) }), TOO_LONG],
  ['no end', 'x'.repeat(16_385), TOO_LONG],
  [
    'another environment',
    frame({ environment_id: 'env-2' }),
    'exec-server executor credential is for a different environment',
  ],
  ['the past', frame({ expires_at: inSeconds(0) }), 'exec-server executor credential is expired'],
];
for (const [title, line, message] of WRONG) {
  test(`a frame that is wrong ends it, at once and later: ${title}`, async (t) => {
    await t.throwsAsync(open(stream([line], false)), { message });
    const input = stream([frame()], false);
    const source = await open(input);
    input.write(line);
    const error = await t.throwsAsync(source.ended, { message });
    t.false(error?.stack?.includes('xxx'));
  });
}

test('a frame of 16 KiB is taken', async (t) => {
  t.notThrows(() => frame({ token: 'x'.repeat(16_000) }));
  await t.notThrowsAsync(open(stream([frame({ token: 'x'.repeat(16_000) })], false)));
  const rest = 16_384 - (frame({ token: '' }).length - 1);
  await t.notThrowsAsync(open(stream([frame({ token: 'x'.repeat(rest) })], false)));
  await t.throwsAsync(open(stream([frame({ token: 'x'.repeat(rest + 1) })], false)), { message: TOO_LONG });
});

test('lines are the same however they arrive', (t) => {
  const long = 'x'.repeat(16_384);
  for (const pieces of [[`${long}\n`], [long, '\n'], [long.slice(1), 'x\n']]) {
    const lines = new CredentialLines();
    t.deepEqual(
      pieces.flatMap((piece) => lines.accept(Buffer.from(piece))),
      [long],
    );
  }
  t.throws(() => new CredentialLines().accept(Buffer.from(`${long}x`)), { message: TOO_LONG });
  t.deepEqual(new CredentialLines().accept(Buffer.from('a\n\nb\nc')), ['a', '', 'b']);
});

test('without a first frame there is no credential', async (t) => {
  const closed = credentialError('missing', 'exec-server executor credential pipe closed');
  await t.throwsAsync(open(stream([])), closed);
  await t.throwsAsync(open(stream([frame().trimEnd()])), closed);
  const times: number[] = [];
  const limit = new AbortController();
  const input = stream([], false);
  const deadline = (ms: number) => {
    times.push(ms);
    return limit.signal;
  };
  const waiting = open(input, { deadline });
  limit.abort();
  const late = 'timed out waiting for the initial exec-server executor credential';
  await t.throwsAsync(waiting, credentialError('missing', late));
  t.deepEqual(times, [30_000]);
  t.true(input.destroyed);
});

// ---- ChatGPT tokens -----------------------------------------------------------------------------------------

const owned = (account?: string) => jwt({ 'https://api.openai.com/auth': { chatgpt_account_id: account } });
const chatGpt = async (line: string, account?: string) =>
  (await chatGptToken(stream([line]), account, REGISTRY)).headers('register', NEVER);

test('a ChatGPT token says whose it is, or is told', async (t) => {
  for (const [token, account] of [
    [owned('acc'), undefined],
    [owned('acc'), 'acc'],
    [owned(), 'acc'],
    [jwt({}), 'acc'],
  ] as const) {
    t.deepEqual(await chatGpt(`${token}\n`, account), [
      ['authorization', `Bearer ${token}`],
      ['chatgpt-account-id', 'acc'],
    ]);
  }
});

for (const [line, account, message] of [
  ['abc\n', undefined, 'invalid ChatGPT access token'],
  ['a b\n', undefined, 'invalid ChatGPT access token'],
  ['\n', undefined, 'invalid ChatGPT access token'],
  ['abc', undefined, 'expected a bounded, newline-terminated ChatGPT access token'],
  [`${'x'.repeat(16_384)}\n`, undefined, 'expected a bounded, newline-terminated ChatGPT access token'],
  [`${owned('acc')}\n`, 'other', '--chatgpt-account-id does not match the token'],
  [`${owned()}\n`, undefined, 'token has no ChatGPT account ID; supply --chatgpt-account-id'],
  [`${owned()}\n`, 'a b', 'invalid ChatGPT account ID'],
  [`${owned('')}\n`, undefined, 'invalid ChatGPT account ID'],
] as const) {
  test(`a ChatGPT token that will not do: ${line.slice(0, 20).trim()}… ${account} ${message}`, async (t) => {
    await t.throwsAsync(chatGpt(line, account), credentialError('invalid', message));
  });
}

test('a ChatGPT token comes out of a pipe, not out of a file', async (t) => {
  const file = createReadStream(import.meta.filename);
  await once(file, 'open');
  const asStdin = Object.assign(file, { fd: (file as unknown as { fd: number }).fd });
  await t.throwsAsync(chatGptToken(asStdin, 'acc', REGISTRY), {
    message: 'ChatGPT token stdin must be a pipe or socket',
  });
  file.destroy();
});

test('a bearer is taken from the standard input of a process', async (t) => {
  const module = new URL('../../../dist/credentials/registration-bearer.js', import.meta.url).href;
  const program = `const { registrationBearer } = await import('${module}');
    const source = await registrationBearer(process.stdin, 'https://r.test');
    console.log((await source.headers('register'))[0][1]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write('abc\n');
  const [said] = await once(child.stdout, 'data');
  t.is(String(said), 'Bearer abc\n');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  t.is(code, 0);
});
