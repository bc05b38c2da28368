import { constants } from 'node:os';
import test from 'ava';
import { osErrorText } from '#src/protocol/os-error.js';

test('an error of the system has the words and the number of the reference', (t) => {
  const { ENOENT, EACCES, ENOEXEC, E2BIG } = constants.errno;
  t.is(osErrorText(ENOENT), `No such file or directory (os error ${ENOENT})`);
  t.is(osErrorText(EACCES), `Permission denied (os error ${EACCES})`);
  t.is(osErrorText(ENOEXEC), `Exec format error (os error ${ENOEXEC})`);
  t.is(osErrorText(E2BIG), `Argument list too long (os error ${E2BIG})`);
});

test('an error without words has its number all the same', (t) => {
  t.is(osErrorText(4095), 'Unknown error (os error 4095)');
});
