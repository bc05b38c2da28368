import { lookup } from 'node:dns/promises';
import { constants } from 'node:os';
import test from 'ava';
import { causeChain } from '#src/protocol/cause-chain.js';

const REFUSED = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
  errno: -constants.errno.ECONNREFUSED,
  code: 'ECONNREFUSED',
});
const REFUSED_TEXT = `Connection refused (os error ${constants.errno.ECONNREFUSED})`;

test('without a cause an error is its text', (t) => {
  t.is(causeChain(new Error('no use')), 'Error: no use\n');
  t.is(causeChain('thrown'), 'Error: thrown\n');
  t.is(causeChain(new Error('no use', { cause: 'nobody' })), 'Error: no use\n');
});

test('one cause stands below it, in the words of the system', (t) => {
  t.is(causeChain(new Error('no use', { cause: REFUSED })), `Error: no use\n\nCaused by:\n    ${REFUSED_TEXT}\n`);
  t.is(causeChain(REFUSED), `Error: ${REFUSED_TEXT}\n`);
});

test('several are numbered', (t) => {
  const error = new Error('no use', { cause: new Error('no connection', { cause: REFUSED }) });
  t.is(causeChain(error), `Error: no use\n\nCaused by:\n    0: no connection\n    1: ${REFUSED_TEXT}\n`);
});

test('of several addresses the first is told', (t) => {
  const cause = new AggregateError([REFUSED, new Error('other')], '');
  t.is(causeChain(new Error('no use', { cause })), `Error: no use\n\nCaused by:\n    ${REFUSED_TEXT}\n`);
});

test('a name that does not resolve has no number of the system', async (t) => {
  const cause = await t.throwsAsync(lookup('nowhere.invalid'));
  t.regex(
    causeChain(new Error('x', { cause })),
    /^Error: x\n\nCaused by:\n {4}failed to lookup address information: E[A-Z_]+\n$/,
  );
});

test('a cause cannot begin a line or speak to a terminal, and a circle of causes ends', (t) => {
  const cause = new Error('a\nError: b\u001b[2J');
  cause.cause = cause;
  const text = causeChain(new Error('x', { cause }));
  t.true(text.startsWith('Error: x\n\nCaused by:\n    0: a\ufffdError: b\ufffd[2J\n    1: a'), text);
  t.is(text.split('\n').length, 14);
});
