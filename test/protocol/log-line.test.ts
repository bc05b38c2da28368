import test from 'ava';
import { logLine } from '#src/protocol/log-line.js';

const NOW = new Date(Date.UTC(2030, 0, 2, 3, 4, 5, 6));

test('a line has time, level, message and fields in their order', (t) => {
  t.is(logLine(NOW, 'WARN', 'It is late', { b: 1, a: 'x y' }), '2030-01-02T03:04:05.006Z  WARN It is late b=1 a="x y"');
  t.is(logLine(NOW, 'DEBUG', 'Bare', { none: undefined }), '2030-01-02T03:04:05.006Z DEBUG Bare');
});

test('whatever it is made of, it is one line, and its values end where they should', (t) => {
  const line = logLine(NOW, 'INFO', 'a\nb', { c: '"\\\u001b\u0085\u2028' });
  t.is(line, '2030-01-02T03:04:05.006Z  INFO a\ufffdb c="\\"\\\\\ufffd\ufffd\ufffd"');
});
