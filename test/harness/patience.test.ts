import test from 'ava';
import { harnessTokenMissing } from '#src/credentials/errors.js';
import { executorKeyChanged, notAnswered, streamReset } from '#src/harness/errors.js';
import { FirstConnectPatience, isFinal } from '#src/harness/patience.js';
import { RelayDialError } from '#src/links/dial-relay.js';
import { handshakeDecryptionFailed, registryRejectedExecutor } from '#src/noise/errors.js';
import { callTimedOut, incompleteConnection, type RegistryCode, refused, unreachable } from '#src/registry/errors.js';

const registryAnswers = (status: number, registryCode?: RegistryCode) =>
  refused(`${status}`, 'no', { status, ...(registryCode && { registryCode }) });
const upgrade = (httpStatus: number) => new RelayDialError('http', 'no', { httpStatus });

const PASSING = [
  registryAnswers(500),
  registryAnswers(503),
  registryAnswers(408),
  registryAnswers(429),
  registryAnswers(409, 'environment_offline'),
  callTimedOut(),
  unreachable(new URL('http://h'), undefined),
];
const LASTING = [
  registryAnswers(400),
  registryAnswers(401),
  registryAnswers(403),
  registryAnswers(404),
  registryAnswers(409),
  incompleteConnection(),
  harnessTokenMissing(),
  registryRejectedExecutor(),
  executorKeyChanged(),
];
const OF_THE_RENDEZVOUS = [upgrade(403), upgrade(500), streamReset(), handshakeDecryptionFailed(undefined)];

test('a session is given up for what the registry says for good, and for another executor', (t) => {
  for (const error of LASTING) t.true(isFinal(error), error.message);
  for (const error of PASSING) t.false(isFinal(error), error.message);
});

test('a session is never given up for what a rendezvous can do', (t) => {
  for (const error of [...OF_THE_RENDEZVOUS, upgrade(401), notAnswered(5_000)]) t.false(isFinal(error), error.message);
});

const newPatience = () => new FirstConnectPatience(() => 0.5);

test('a first connect asks a registry that may still say yes again after 0.5, 1, 2 and 4 s and half as much at most', (t) => {
  for (const error of PASSING) {
    const patience = newPatience();
    const waits = [1, 2, 3, 4, 5].map(() => patience.waitAfter(error, 0));
    t.deepEqual(waits, [625, 1_250, 2_500, 5_000, undefined], error.message);
  }
});

test('a first connect gives up after 14 s', (t) => {
  t.is(newPatience().waitAfter(callTimedOut(), 13_375), 625);
  t.is(newPatience().waitAfter(callTimedOut(), 13_376), undefined);
});

test('what lasts, and most of what a rendezvous does, ends a first connect', (t) => {
  for (const error of [...LASTING, ...OF_THE_RENDEZVOUS, new Error('anything')]) {
    t.is(newPatience().waitAfter(error, 0), undefined, error.message);
  }
});

for (const error of [upgrade(401), notAnswered(5_000)]) {
  test(`"${error.name}" is borne once, and what comes between does not matter`, (t) => {
    const patience = newPatience();
    t.is(patience.waitAfter(error, 0), 0);
    t.is(patience.waitAfter(registryAnswers(500), 0), 625);
    t.is(patience.waitAfter(error, 0), undefined);
  });
}

test('an address that is not taken and an answer that is missing are borne once each', (t) => {
  const patience = newPatience();
  t.is(patience.waitAfter(upgrade(401), 0), 0);
  t.is(patience.waitAfter(notAnswered(5_000), 0), 0);
});
