/** The table of limits in the README says what the program does without a flag. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { LIMIT_FLAGS } from '#src/options/limit-flags.js';
import * as limits from '#src/protocol/limits.js';

const [, TABLE = ''] = /\n## Limits\n(.*?)\n## /s.exec(readFileSync('README.md', 'utf8')) ?? [];
const rows = TABLE.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, what, byDefault, flag]) => ({ what: what!, byDefault, flag }))
  .slice(1);

const count = (value: number) => value.toLocaleString('en-US');
const bytes = (value: number) => (value >= 2 ** 30 ? `${value / 2 ** 30} GiB` : `${value / 2 ** 20} MiB`);
const seconds = (ms: number) => `${ms / 1000} s`;

test('every flag of a limit is there, with its default', (t) => {
  const expected = LIMIT_FLAGS.map(({ limit, value, default: byDefault }) => [
    `\`--${limit}\``,
    byDefault === undefined ? 'none' : (value === 'BYTES' ? bytes : count)(byDefault),
  ]);
  expected.push(
    ['`--concurrent-requests`', count(limits.CONCURRENT_REQUESTS)],
    ['`--max-reply-bytes`', bytes(limits.REPLY_BYTES)],
  );
  const listed = rows.flatMap(({ flag, byDefault }) => (flag ? [[flag, byDefault]] : []));
  t.deepEqual(listed.toSorted(), expected.toSorted());
});

test('limits that nobody can set are those of limits.ts', (t) => {
  const listed = rows.flatMap(({ what, flag, byDefault }) => (flag ? [] : [[what, byDefault]]));
  t.deepEqual(listed, [
    ['a message', bytes(limits.INBOUND_MESSAGE_BYTES)],
    ['requests of a connection that wait for their turn', count(limits.WAITING_REQUESTS)],
    ['requests of a connection that wait for others to end', count(limits.WAITING_REQUESTS_BEHIND_OTHERS)],
    ['all requests of a connection that wait or are being answered', bytes(limits.HELD_REQUEST_BYTES)],
    ['messages that have come half, through a relay, on one link', bytes(limits.RELAY_LINK_INBOUND_BYTES)],
    ['from a connection to `initialize`', seconds(limits.INITIALIZE_PATIENCE_MS)],
    ['a peer that says nothing, not even a pong', seconds(limits.SILENT_PEER_MS)],
    ['a session without a connection', seconds(limits.DETACHED_SESSION_RETENTION_MS)],
    ['output kept per process', bytes(limits.RETAINED_OUTPUT_BYTES)],
    ['input that waits for a process that does not read', bytes(limits.QUEUED_STDIN_BYTES)],
    ['open files of a connection', count(limits.FILE_HANDLES)],
  ]);
});
