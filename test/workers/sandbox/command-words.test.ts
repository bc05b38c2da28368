import test from 'ava';
import { type Command, commandWords } from '#workers/sandbox/command-words.js';
import { BUBBLEWRAP } from './support/confined.js';

const COMMAND: Command = { argv: ['/bin/prog', 'a'], arg0: null, keepsSession: false };
const LINKS: Readonly<Record<string, string>> = { '/bin/bash': '/usr/bin/bash', '/usr/bin/env': '/usr/bin/env' };
const all = (program: string) => LINKS[program];
const none = () => undefined;

const words = (command: Partial<Command>, bubblewrap: Partial<typeof BUBBLEWRAP> = {}, readable = all) => {
  const {
    before,
    options,
    command: inner,
    keepsSession,
  } = commandWords({ ...COMMAND, ...command }, { ...BUBBLEWRAP, ...bubblewrap }, readable);
  return [[...before, 'bwrap', ...options, '--', ...inner].join(' '), keepsSession];
};

test('without a terminal a command stands alone', (t) => {
  t.deepEqual(words({}), ['bwrap -- /bin/prog a', false]);
  t.deepEqual(words({ arg0: '/bin/prog' }), ['bwrap -- /bin/prog a', false]);
});

test('a name is set by bubblewrap if it can, else by a shell that the sandbox has', (t) => {
  t.deepEqual(words({ arg0: 'x' }, { takesArg0: true }, none), ['bwrap --argv0 x -- /bin/prog a', false]);
  t.deepEqual(words({ arg0: 'x' }), ['bwrap -- /usr/bin/bash -pc exec -a "$0" -- "$@" x /bin/prog a', false]);
  t.throws(() => words({ arg0: 'x' }, {}, none), { message: /`arg0` cannot be set/ });
});

const KEYS = 'INT,QUIT,TSTP';
const BEFORE = `/usr/bin/env --ignore-signal=${KEYS} bwrap -- /usr/bin/env --default-signal=${KEYS} --`;

test('on a terminal bubblewrap ignores the keys that signal, and the command does not', (t) => {
  t.deepEqual(words({ keepsSession: true }), [`${BEFORE} /bin/prog a`, true]);
  t.deepEqual(words({ keepsSession: true, arg0: 'x' }, { takesArg0: true }), [
    `${BEFORE} /usr/bin/bash -pc exec -a "$0" -- "$@" x /bin/prog a`,
    true,
  ]);
});

test('where that cannot be done the command gets a session of its own', (t) => {
  const alone = ['bwrap -- /bin/prog a', false];
  t.deepEqual(words({ keepsSession: true }, { signalEnv: undefined }), alone);
  t.deepEqual(words({ keepsSession: true }, {}, none), alone);
  t.deepEqual(words({ keepsSession: true, argv: ['a=b'] }), ['bwrap -- a=b', false]);
  const onlyEnv = (program: string) => (program === '/bin/bash' ? undefined : all(program));
  t.deepEqual(words({ keepsSession: true, arg0: 'x' }, { takesArg0: true }, onlyEnv), [
    'bwrap --argv0 x -- /bin/prog a',
    false,
  ]);
});
