import test from 'ava';
import { rawHeader, responseHeaders } from '#src/http/response-headers.js';

test('names are in lower case, each where it first came, with all its values', (t) => {
  t.deepEqual(responseHeaders(['X-B', '1', 'Set-Cookie', 'a', 'X-A', '', 'set-cookie', 'b', 'x-b', '2']), [
    { name: 'x-b', value: '1' },
    { name: 'x-b', value: '2' },
    { name: 'set-cookie', value: 'a' },
    { name: 'set-cookie', value: 'b' },
    { name: 'x-a', value: '' },
  ]);
});

test('a value with bytes outside ASCII is left out, tabs and blanks are kept', (t) => {
  t.deepEqual(responseHeaders(['a', '\xc3\xa9', 'b', 'x\ty z', 'c', '\x80']), [{ name: 'b', value: 'x\ty z' }]);
});

test('names that every object has are ordinary', (t) => {
  t.deepEqual(responseHeaders(['__proto__', '1', 'constructor', '2']), [
    { name: '__proto__', value: '1' },
    { name: 'constructor', value: '2' },
  ]);
});

test('a header is looked up by its name in any case, and not among the values', (t) => {
  t.is(rawHeader(['a', 'location', 'Location', '/x', 'location', '/y'], 'location'), '/x');
  t.is(rawHeader(['a', 'location'], 'location'), undefined);
});
