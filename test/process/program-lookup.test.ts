import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { candidates, resolveProgram } from '#src/process/program-lookup.js';

/** A directory of its own, gone after the test. Values are modes of files; directories are made as needed. */
function world(t: ExecutionContext, files: Record<string, number>): string {
  const root = mkdtempSync(join(tmpdir(), 'farhand-lookup-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const [file, mode] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '#!/bin/sh\n', { mode });
  }
  return root;
}
const ENOENT = { failure: { code: 'ENOENT', message: 'No such file or directory (os error 2)' } };
const EACCES = { failure: { code: 'EACCES', message: 'Permission denied (os error 13)' } };

test('a name stands for one file per entry of PATH, an empty entry for the directory of the child', (t) => {
  t.deepEqual(candidates('ls', '/bin:rel:/usr/bin/'), ['/bin/ls', 'rel/ls', '/usr/bin//ls']);
  t.deepEqual(candidates('ls', ''), ['./ls']);
  t.deepEqual(candidates('ls', ':/bin:'), ['./ls', '/bin/ls', './ls']);
});

test('the first executable file on the PATH wins, others are passed over', (t) => {
  const root = world(t, { 'a/tool': 0o644, 'b/tool/inner': 0o755, 'c/tool': 0o755, 'd/tool': 0o755 });
  const path = ['missing', 'a', 'b', 'c', 'd'].map((entry) => join(root, entry)).join(':');
  t.deepEqual(resolveProgram('tool', '/', path, false), { file: `${root}/c/tool` });
  t.deepEqual(resolveProgram('tool', '/', path, true), { file: `${root}/c/tool` });
});

test('relative entries of PATH and names with a slash are meant in the directory of the child', (t) => {
  const root = world(t, { 'sub/tool': 0o755, tool: 0o755 });
  t.deepEqual(resolveProgram('tool', root, 'sub', false), { file: 'sub/tool' });
  t.deepEqual(resolveProgram('tool', root, '', false), { file: './tool' });
  t.deepEqual(resolveProgram('./sub/tool', root, '/bin', false), { file: './sub/tool' });
  t.deepEqual(resolveProgram('sub/tool', Buffer.from(root), undefined, false), { file: 'sub/tool' });
  t.deepEqual(resolveProgram('tool', join(root, 'sub'), '', true), { file: './tool' });
});

test('a directory whose name is not UTF-8 is searched', (t) => {
  const root = Buffer.concat([Buffer.from(world(t, {})), Buffer.from('/\xff', 'latin1')]);
  mkdirSync(root);
  writeFileSync(Buffer.concat([root, Buffer.from('/tool')]), '#!/bin/sh\n', { mode: 0o755 });
  t.deepEqual(resolveProgram('./tool', root, undefined, false), { file: './tool' });
  t.deepEqual(resolveProgram('tool', root, '.', false), { file: './tool' });
});

test('without a PATH the usual directories are searched, with a terminal too', (t) => {
  for (const tty of [false, true]) {
    const found = resolveProgram('sh', '/', undefined, tty);
    t.true('file' in found && /^\/(usr\/local\/|usr\/|)bin\/sh$/.test(found.file));
  }
});

test('what is nowhere is not found', (t) => {
  const root = world(t, { file: 0o755 });
  t.deepEqual(resolveProgram('tool', '/', `${root}:${root}/file`, false), ENOENT);
  t.deepEqual(resolveProgram('/no/such/program', '/', '/bin', false), ENOENT);
  t.deepEqual(resolveProgram('/no/such/program', '/', '/bin', true), ENOENT);
  t.deepEqual(resolveProgram('./tool', `${root}/no-such-directory`, '/bin', false), ENOENT);
});

test('what is there but cannot be run is refused', (t) => {
  const root = world(t, { 'a/tool': 0o644, 'b/other': 0o755 });
  t.deepEqual(resolveProgram(`${root}/a/tool`, '/', '/bin', false), EACCES);
  t.deepEqual(resolveProgram(root, '/', '/bin', true), EACCES);
  t.deepEqual(resolveProgram('tool', '/', `${root}/a:${root}/b`, false), EACCES);
});

test('a path through a file and a loop of links have their own words', (t) => {
  const root = world(t, { file: 0o755 });
  symlinkSync('loop', join(root, 'loop'));
  t.like(resolveProgram('file/tool', root, '', false), {
    failure: { code: 'ENOTDIR', message: 'Not a directory (os error 20)' },
  });
  t.like(resolveProgram('loop', '/', root, false), { failure: { code: 'ELOOP' } });
});

test('a terminal is told which PATH was searched in vain', (t) => {
  const root = world(t, { 'a/tool': 0o644 });
  const text = (path: string) => `Unable to spawn tool because:\nNo viable candidates found in PATH "${path}"`;
  t.deepEqual(resolveProgram('tool', '/', `${root}/b`, true), {
    failure: { code: 'ENOENT', message: text(`${root}/b`) },
  });
  t.deepEqual(resolveProgram('tool', '/', `${root}/a`, true), {
    failure: { code: 'EACCES', message: text(`${root}/a`) },
  });
});

test('an empty program has words of its own', (t) => {
  t.deepEqual(resolveProgram('', '/', '/bin', false), {
    failure: { code: 'EINVAL', message: 'missing program for pipe spawn' },
  });
  t.deepEqual(resolveProgram('', '/', '/bin', true), {
    failure: { code: 'EINVAL', message: 'missing program for PTY spawn' },
  });
});
