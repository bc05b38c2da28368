import test from 'ava';
import { readFeatures } from '#src/bubblewrap/features.js';

const OPTIONS = ['--args FD', '--cap-drop CAP', '--clearenv', '--json-status-fd FD', '--perms OCTAL', '--seccomp FD'];
const help = (...options: string[]) =>
  `usage: bwrap [OPTIONS...] [--] COMMAND [ARGS...]\n\n${options.map((option) => `    ${option}    Does it\n`).join('')}`;

test('a bubblewrap with every option of a launch is missing none', (t) => {
  t.deepEqual(readFeatures(help(...OPTIONS, '--size BYTES')), {
    missing: [],
    bindsDescriptors: false,
    takesArg0: false,
  });
});

test('what is missing is named', (t) => {
  t.deepEqual(readFeatures(help(...OPTIONS)).missing, ['--size']);
  t.deepEqual(readFeatures('').missing.length, 7);
});

test('an option that is only mentioned is not there', (t) => {
  const { missing } = readFeatures(`${help(...OPTIONS)}    --tmpfs DEST    Mount one (see --size, --perms)\n`);
  t.deepEqual(missing, ['--size']);
});

test('descriptors are bound only where both ways are known', (t) => {
  t.false(readFeatures(help('--bind-fd FD DEST')).bindsDescriptors);
  t.false(readFeatures(help('--ro-bind-fd FD DEST')).bindsDescriptors);
  t.true(readFeatures(help('--bind-fd FD DEST', '--ro-bind-fd FD DEST', '--argv0 VALUE')).bindsDescriptors);
});

test('argv[0] can be given where --argv0 is known', (t) => t.true(readFeatures(help('--argv0 VALUE')).takesArg0));
