import test from 'ava';
import { escapeWatcher } from '#src/cli/escape.js';

/** Whether the escape is complete after each key. */
function typed(keys: string): boolean[] {
  const isEscape = escapeWatcher();
  return Array.from(keys, (key) => isEscape(Buffer.from(key)));
}
const left = (keys: string): boolean => typed(keys).includes(true);

for (const keys of ['~.', '\r~.', 'ls\r~.', 'ls\n~.', 'a~\r~.', '~~\r~.', '\r\r~.']) {
  test(`${JSON.stringify(keys)} leaves at its last key`, (t) => {
    t.is(typed(keys).indexOf(true), keys.length - 1);
  });
}

for (const keys of ['', '~', '.', 'a~.', ' ~.', '~ .', '~~.', '~\r.', '~a.', 'cd ~.', '\r.~']) {
  test(`${JSON.stringify(keys)} does not leave`, (t) => {
    t.false(left(keys));
  });
}

test('the escape may come in one piece, as pasted', (t) => {
  t.true(escapeWatcher()(Buffer.from('ls\r~.\rmore')));
});

test('bytes that are no characters are in a line', (t) => {
  const isEscape = escapeWatcher();
  t.false(isEscape(Buffer.from([0xff])));
  t.false(isEscape(Buffer.from('~.')));
});
