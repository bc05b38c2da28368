import test from 'ava';
import { refusalOf, type Telling } from '#src/registry/refusal.js';
import { statusText } from '#src/registry/status-text.js';
import { answer, type Said } from './support/asked.js';

const OPEN: Telling = { instead: undefined, secrets: [] };
const HIDDEN: Telling = { instead: 'environment registry executor registration failed', secrets: [] };
const text = (said: Said, telling = OPEN) => refusalOf(answer(said), telling, 0).message;
const error = (message?: unknown, code?: unknown) => ({ error: { message, code } });

const AUTH = 'environment registry authentication error: environment registry authentication failed';
const FAILED = 'environment registry request failed';
for (const [said, expected] of [
  [{ status: 401, json: error('no') }, `${AUTH} (401 Unauthorized): no`],
  [{ status: 403, json: error('no', 'code') }, `${AUTH} (403 Forbidden): no`],
  [{ status: 401, text: ' \n' }, `${AUTH} (401 Unauthorized): empty error body`],
  [{ status: 401, text: ' plain ' }, `${AUTH} (401 Unauthorized): plain`],
  [{ status: 401, text: '{"error":"plain"}' }, `${AUTH} (401 Unauthorized): {"error":"plain"}`],
  [{ status: 404, json: error('gone', 'missing') }, `${FAILED} (404 Not Found, missing): gone`],
  [{ status: 404, json: error('gone') }, `${FAILED} (404 Not Found): gone`],
  [
    { status: 422, text: ' {"error":{"code":"c"}} ' },
    `${FAILED} (422 Unprocessable Entity, c): {"error":{"code":"c"}}`,
  ],
  [{ status: 418, json: error(' m ', '') }, `${FAILED} (418 I'm a teapot, ):  m `],
  [{ status: 302, text: '' }, `${FAILED} (302 Found): empty or malformed error body`],
  [{ status: 520, text: '' }, `${FAILED} (520 <unknown status code>): empty or malformed error body`],
  [{ status: 500, json: error(5) }, `${FAILED} (500 Internal Server Error): {"error":{"message":5}}`],
] as const) {
  test(`a refusal is told as by the reference: ${JSON.stringify(said)}`, (t) => t.is(text(said), expected));
}

test('with credentials from standard input bodies are not told, and of the codes two', (t) => {
  const json = (code: string) => error('body', code);
  t.is(text({ status: 401, json: json('c') }, HIDDEN), `${AUTH} (401 Unauthorized): response body omitted`);
  t.is(
    text({ status: 500, json: json('c') }, HIDDEN),
    `${FAILED} (500 Internal Server Error): environment registry executor registration failed`,
  );
  for (const code of ['authentication_service_unavailable', 'registration_conflict']) {
    t.is(
      text({ status: 503, json: json(code) }, HIDDEN),
      `${FAILED} (503 Service Unavailable, ${code}): environment registry executor registration failed`,
    );
  }
  t.false(text({ status: 409, json: json('environment_offline') }, HIDDEN).includes('environment_offline'));
});

test('a body is told up to 4096 characters', (t) => {
  const told = (length: number) => [...text({ status: 500, text: '€'.repeat(length) })].filter((one) => one === '€');
  t.is(told(4096).length, 4096);
  t.is(told(4097).length, 4096);
});

test('what was sent is not told when it comes back', (t) => {
  const telling = { instead: undefined, secrets: ['Bearer sk-1', 'sk-1'] };
  t.is(
    text({ status: 401, json: error('bad key sk-1 in Bearer sk-1') }, telling),
    `${AUTH} (401 Unauthorized): bad key [secret] in [secret]`,
  );
  t.false(text({ status: 500, json: error('x', 'sk-1') }, telling).includes('sk-1'));
});

test('a terminal does not obey what a registry says', (t) => {
  t.is(text({ status: 500, text: 'a\x1b[2Jb\nc' }), `${FAILED} (500 Internal Server Error): a\ufffd[2Jb\nc`);
});

test('what programs need to know stands beside the text', (t) => {
  const said = { status: 503, json: error('m', 'registration_conflict'), retryAfter: '7' };
  const expected = { status: 503, registryCode: 'registration_conflict', retryAfterMs: 7_000 } as const;
  t.deepEqual(refusalOf(answer(said), HIDDEN, 0).refusal, expected);
  t.deepEqual(refusalOf(answer({ status: 404, json: error('m', 'other') }), OPEN, 0).refusal, { status: 404 });
});

test('a time to wait is told in seconds or as a date', (t) => {
  const wait = (retryAfter: string) =>
    refusalOf(answer({ status: 503, retryAfter }), OPEN, Date.UTC(2026, 0, 1)).refusal?.retryAfterMs;
  t.is(wait('120'), 120_000);
  t.is(wait('Thu, 01 Jan 2026 00:00:05 GMT'), 5_000);
  t.is(wait('Wed, 31 Dec 2025 00:00:05 GMT'), 0);
  t.is(wait('soon'), undefined);
  t.is(wait('-5e3x'), undefined);
});

test('a status that nobody has registered has no name', (t) => {
  t.is(statusText(429), '429 Too Many Requests');
  t.is(statusText(509), '509 <unknown status code>');
});
