import { existsSync, linkSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { smallFileText } from '#src/files/small-file.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const text = (bytes: Uint8Array) => `{"dataBase64":"${Buffer.from(bytes).toString('base64')}"}`;
const at = (path: string, followSymlinks = true) => ({ path, followSymlinks });

test('a file of up to 64 KiB is read here, a larger one elsewhere', (t) => {
  using folder = new TemporaryFolder();
  const bytes = Buffer.from(Array.from({ length: 64 * 1024 + 1 }, (_, index) => index & 0xff));
  for (const length of [1, 2, 3, 1000, 64 * 1024]) {
    writeFileSync(folder.file('f'), bytes.subarray(0, length));
    t.is(smallFileText(at(folder.file('f'))), text(bytes.subarray(0, length)));
  }
  writeFileSync(folder.file('f'), bytes);
  t.is(smallFileText(at(folder.file('f'))), undefined);
  truncateSync(folder.file('f'), 2 ** 40);
  t.is(smallFileText(at(folder.file('f'))), undefined);
});

test('a file that does not say how long it is is read elsewhere', (t) => {
  using folder = new TemporaryFolder();
  folder.write('empty', '');
  t.is(smallFileText(at(folder.file('empty'))), undefined);
  t.is(smallFileText(at('/proc/self/status')), undefined);
});

test('a file that the system makes up is read elsewhere, also when it says how long it is', (t) => {
  const file = '/sys/devices/system/cpu/online';
  if (!existsSync(file)) return t.pass('this system has none');
  t.true(statSync(file).size > 0);
  t.is(smallFileText(at(file)), undefined);
});

test('links are followed where they may be', (t) => {
  using folder = new TemporaryFolder();
  folder.write('f', 'text');
  symlinkSync(folder.file('f'), folder.file('link'));
  linkSync(folder.file('f'), folder.file('hard'));
  t.is(smallFileText(at(folder.file('link'))), text(Buffer.from('text')));
  t.is(smallFileText(at(folder.file('hard'), false)), text(Buffer.from('text')));
  t.throws(() => smallFileText(at(folder.file('link'), false)), { message: 'Symbolic link loop (os error 40)' });
});

test('what is no regular file is refused, and nothing stays open', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('folder'));
  folder.write('f', 'text');
  const refusals: [path: string, message: string][] = [
    [folder.file('folder'), `path \`${folder.file('folder')}\` is not a file`],
    ['/dev/null', 'path `/dev/null` is not a file'],
    [folder.file('missing'), 'No such file or directory (os error 2)'],
    [folder.file('f/below'), 'Not a directory (os error 20)'],
  ];
  for (const [path, message] of refusals) t.throws(() => smallFileText(at(path)), { message });
  smallFileText(at(folder.file('f')));
  t.deepEqual(
    descriptorsOf(process.pid).filter((target) => target.startsWith(folder.path)),
    [],
  );
});
