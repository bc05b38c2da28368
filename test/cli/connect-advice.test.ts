import test from 'ava';
import { environmentNotReached, listenerNotReached } from '#src/cli/connect-advice.js';

test('for a listener the token is called in question, or asked for, or the name, or the executor', (t) => {
  const told = (message: string, hasToken = true) =>
    listenerNotReached(new Error(message), hasToken).slice(`${message}; `.length);
  t.regex(told('the listener answered 401'), /^it does not accept this token/);
  t.regex(told('the listener answered 401', false), /^give the executor's token/);
  t.regex(told('getaddrinfo ENOTFOUND h'), /^is the name of the host right\?$/);
  t.regex(told('connect ECONNREFUSED'), /^is an executor running there\?/);
});

const advised: readonly (readonly [reason: string, advice: RegExp])[] = [
  ['environment registry authentication failed (401 Unauthorized): no', /^the registry does not accept this token/],
  ['environment registry authentication failed (403 Forbidden): no', /^the registry does not accept this token/],
  ['request failed (409 Conflict, environment_offline): no', /^is its executor running\? 'farhand serve --remote/],
  ['request failed (404 Not Found): no', /^does this registry know this environment\?$/],
  ['the executor did not answer the handshake within 5 s', /^is its executor still connected\?$/],
];
for (const [reason, advice] of advised) {
  test(`for an environment "${reason}" is followed by advice`, (t) => {
    const told = environmentNotReached(new Error(reason));
    t.true(told.startsWith(`${reason}; `));
    t.regex(told.slice(`${reason}; `.length), advice);
  });
}

test('what lies behind a request that failed is told', (t) => {
  const unreachable = (cause: string) =>
    environmentNotReached(new Error('error sending request', { cause: new Error('x', { cause: new Error(cause) }) }));
  t.is(
    unreachable('connect ECONNREFUSED 127.0.0.1:1'),
    'error sending request: connect ECONNREFUSED 127.0.0.1:1; is the registry running there?',
  );
  t.is(
    unreachable('getaddrinfo ENOTFOUND h'),
    'error sending request: getaddrinfo ENOTFOUND h; is the name of the host right?',
  );
});

test('what is said already is not said again, and what nobody can help with is left alone', (t) => {
  t.is(environmentNotReached(new Error('cannot: why', { cause: new Error('why') })), 'cannot: why');
});
