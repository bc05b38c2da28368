import { existsSync } from 'node:fs';
import test from 'ava';
import { HELPER_COMMAND, HELPER_PROGRAM, helperNeeds, librariesIn } from '#src/sandboxed-files/helper-needs.js';

test('the program is there, and among what it needs', (t) => {
  t.true(existsSync(HELPER_PROGRAM));
  t.is(HELPER_COMMAND.at(-1), HELPER_PROGRAM);
  t.true(helperNeeds().some((path) => HELPER_PROGRAM.startsWith(`${path}/`)));
  t.true(helperNeeds().includes(HELPER_COMMAND[0]!));
});

test('all that is needed is there', (t) =>
  t.deepEqual(
    helperNeeds().filter((path) => !existsSync(path)),
    [],
  ));

test('the loader says what it would load', (t) => {
  const listing = [
    '\tlinux-vdso.so.1 (0x00007f178a734000)',
    '\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f178a71e000)',
    '\tlibnode.so => /opt/two words/libnode.so (0x00007f178a71e000)',
    '\tlibgone.so => not found',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f178a736000)',
  ];
  t.deepEqual(librariesIn(listing.join('\n')), [
    '/lib/x86_64-linux-gnu/libdl.so.2',
    '/opt/two words/libnode.so',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
});

test('a program without libraries needs none', (t) => {
  t.deepEqual(librariesIn('\tstatically linked\n'), []);
  t.deepEqual(librariesIn('v20.19.0\n'), []);
});
