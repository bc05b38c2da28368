import test from 'ava';
import { asStreamId, canonicalUuid, loggableStreamId } from '#src/relay/stream-id.js';

const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

test('a UUID is told in its canonical spelling', (t) => {
  for (const id of [UUID, UUID.toUpperCase(), UUID.replaceAll('-', ''), `{${UUID}}`, `urn:uuid:${UUID}`]) {
    t.is(canonicalUuid(asStreamId(id)), UUID);
    t.is(loggableStreamId(asStreamId(id)), UUID);
  }
});

test('nothing else of a stream id gets into a log', (t) => {
  for (const id of [
    '',
    'x',
    `${UUID}\n`,
    `${UUID}0`,
    UUID.replace('3', 'g'),
    `{${UUID}`,
    `${UUID}}`,
    UUID.replace('-', ''),
  ]) {
    t.is(canonicalUuid(asStreamId(id)), undefined, id);
    t.is(loggableStreamId(asStreamId(id)), 'invalid', id);
  }
});
