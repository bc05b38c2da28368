import test from 'ava';
import { CommandFailure, describeFailure, OutputFailure, startFailure, usageError } from '#src/cli/failure.js';
import { badArgument, clientClosed, disconnected, processFailed, RefusedError } from '#src/client/errors.js';

const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error('write'), { code });

const failures: readonly (readonly [string, Error, string | undefined, number])[] = [
  ['a misuse', usageError('no'), 'no', 2],
  ['a bad option', badArgument('cwd', 'relative'), 'cwd: relative', 2],
  ['a failure with a code of its own', new CommandFailure('gone', 7), 'gone', 7],
  ['a lost connection', disconnected('cut'), 'exec-server transport disconnected: cut', 255],
  ['a command that cannot be followed', processFailed('its worker died'), 'its worker died', 255],
  ['a refusal', new RefusedError(-32600, 'no'), 'exec-server rejected request (-32600): no', 255],
  ['a misuse by ourselves', clientClosed(), 'the client is closed', 255],
  ['a reader gone', new OutputFailure(systemError('EPIPE')), undefined, 141],
  ['a full disk', new OutputFailure(systemError('ENOSPC')), 'the output cannot be written: ENOSPC', 255],
];
for (const [what, error, message, exitCode] of failures) {
  test(`${what} is told in its words, with exit code ${exitCode}`, (t) => {
    t.deepEqual(describeFailure(error), { message, exitCode });
  });
}

test('what nobody foresaw is thrown on', (t) => {
  const error = new TypeError('x is not a function');
  t.throws(() => describeFailure(error), { is: error });
});

const refused = (message: string) => new RefusedError(-32603, message);

test('a start is refused in the words and with the codes of a shell', (t) => {
  const missing = refused('No such file or directory (os error 2)');
  t.like(startFailure(missing, 'x', undefined), {
    message: "cannot start 'x': No such file or directory",
    exitCode: 127,
  });
  t.like(startFailure(missing, 'x', '/y'), { message: "cannot start 'x' in /y: No such file or directory" });
  t.like(startFailure(refused('Permission denied (os error 13)'), 'x', undefined), { exitCode: 126 });
  t.like(startFailure(refused('Argument list too long (os error 7)'), 'x', undefined), { exitCode: 126 });
});

test('other reasons why a start fails are left as they are', (t) => {
  for (const error of [refused('no (os error 2) more'), disconnected('cut'), new TypeError('x')]) {
    t.is(startFailure(error, 'x', undefined), error);
  }
});
