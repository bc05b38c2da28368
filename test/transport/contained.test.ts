import test from 'ava';
import type { Accept } from '#src/transport/connection.js';
import { contained } from '#src/transport/contained.js';
import { FakeConnection } from '#test/support/fake-connection.js';

const broken = new Error('broken');
const fail = (): never => {
  throw broken;
};

const owners: [where: string, accept: Accept][] = [
  ['when it is named', fail],
  ['at a message', () => ({ message: fail, closed: () => {} })],
];
for (const [where, accept] of owners) {
  test(`an owner that throws ${where} loses its connection, and that is told`, (t) => {
    const faults: unknown[] = [];
    const connection = new FakeConnection();
    connection.open(contained(accept, (error) => faults.push(error))(connection));
    connection.say({ any: 'message' });
    t.deepEqual([faults, connection.closeReason], [[broken], 'an error on this side']);
  });
}

test('an owner that throws at the end is told of, and that is all', (t) => {
  const faults: unknown[] = [];
  const connection = new FakeConnection();
  const events = contained(
    () => ({ message: () => {}, closed: fail }),
    (error) => faults.push(error),
  )(connection);
  events.closed('over');
  t.deepEqual([faults, connection.closeReason], [[broken], undefined]);
});

test('what does not throw passes', (t) => {
  const seen: string[] = [];
  const connection = new FakeConnection();
  const owner = { message: () => seen.push('message'), closed: (reason: string) => seen.push(reason) };
  const events = contained(() => owner, fail)(connection);
  connection.open(events);
  connection.say({});
  events.closed('over');
  t.deepEqual(seen, ['message', 'over']);
});
