import { execFileSync } from 'node:child_process';
import test from 'ava';
import { withFiniteInput } from '#src/client/finite-input.js';

test('a command without input is started as it is', (t) => {
  const command = { argv: ['cat'], options: {} };
  t.deepEqual(withFiniteInput(command, 0), command);
});

test('a terminal is left alone', (t) => {
  const command = { argv: ['cat'], options: { tty: true } };
  t.deepEqual(withFiniteInput(command, 5), command);
});

test('a name of its own cannot go through a shell', (t) => {
  t.throws(() => withFiniteInput({ argv: ['cat'], options: { arg0: 'x' } }, 5), { code: 'BAD_ARGUMENT' });
});

test('the command reads exactly the input given and then its end, with its arguments untouched', (t) => {
  const { argv, options } = withFiniteInput(
    { argv: ['sh', '-c', 'cat; echo "[$1]"', 'sh', `a 'b" $c`], options: {} },
    5,
  );
  t.is(options.stdin, 'pipe');
  const [program = '', ...args] = argv;
  t.is(execFileSync(program, args, { input: 'hello and more' }).toString(), `hello[a 'b" $c]\n`);
});

test('the exit code is the command’s own', (t) => {
  const [program = '', ...args] = withFiniteInput({ argv: ['sh', '-c', 'exit 7'], options: {} }, 5).argv;
  const error = t.throws(() => execFileSync(program, args, { input: 'hello', stdio: 'pipe' }));
  t.is((error as { status?: number }).status, 7);
});
