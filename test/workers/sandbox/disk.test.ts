/** The disk of this machine, as plans ask it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'ava';
import type { Disk } from '#src/sandbox/disk.js';
import { installationFor } from '#test/support/installation.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { realDisk } from '#workers/sandbox/disk.js';

const MODULE = fileURLToPath(import.meta.resolve('#workers/sandbox/disk.js'));

class Place implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly base = realpathSync(this.#folder.path);

  at(name: string): string {
    return `${this.base}/${name}`;
  }

  /** A name of one byte that is no UTF-8. */
  bytes(name = Buffer.of(0xff)): Buffer {
    return Buffer.concat([Buffer.from(`${this.base}/`), name]);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Asks as somebody who must ask for permission: root need not. */
function asNobody(question: keyof Disk, ...args: readonly (string | number)[]): unknown {
  const isRoot = process.geteuid?.() === 0;
  const installation = installationFor(isRoot ? 65_534 : undefined);
  const script = `
    const { realDisk } = await import(${JSON.stringify(pathToFileURL(installation.at(MODULE)))});
    console.log(JSON.stringify({ answer: realDisk.${question}(...${JSON.stringify(args)}) }));
  `;
  const who = isRoot ? { uid: 65_534, gid: 65_534, cwd: installation.root } : {};
  const told = execFileSync(installation.node, ['--input-type=module', '--eval', script], { ...who, encoding: 'utf8' });
  return JSON.parse(told).answer;
}

test('looking tells what is there, by device and inode, and follows nothing', async (t) => {
  using place = new Place();
  mkdirSync(place.at('d'));
  writeFileSync(place.at('f'), '');
  symlinkSync('d/../nowhere', place.at('l'));
  execFileSync('mkfifo', [place.at('p')]);
  const identity = (path: string) => {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  };
  t.deepEqual(realDisk.look(place.at('d')), { is: 'directory', identity: identity(place.at('d')) });
  t.deepEqual(realDisk.look(place.at('f')), { is: 'file', identity: identity(place.at('f')) });
  t.deepEqual(realDisk.look(place.at('l')), { is: 'link', target: 'd/../nowhere' });
  t.is(realDisk.look(place.at('p')).is, 'other');
  t.is(realDisk.look('/dev/null').is, 'other');
  t.is(realDisk.look('/').is, 'directory');
  t.deepEqual(realDisk.look(place.at('none')), { is: 'nothing' });

  const server = createServer().listen(place.at('s'));
  await once(server, 'listening');
  t.is(realDisk.look(place.at('s')).is, 'other');
  server.close();
});

test('what has become no directory meanwhile has nothing in it', (t) => {
  using place = new Place();
  writeFileSync(place.at('f'), '');
  t.deepEqual(realDisk.look(place.at('f/x')), { is: 'nothing' });
  t.deepEqual(realDisk.list(place.at('f')), { is: 'nothing' });
  t.deepEqual(realDisk.list(place.at('none')), { is: 'nothing' });
});

test('a link to what is no text is unknown', (t) => {
  using place = new Place();
  symlinkSync(Buffer.of(0x61, 0xff), place.at('l'));
  t.deepEqual(realDisk.look(place.at('l')), { is: 'unknown' });
});

test('a link may have the replacement character in it', (t) => {
  using place = new Place();
  symlinkSync('a\ufffd', place.at('l'));
  t.deepEqual(realDisk.look(place.at('l')), { is: 'link', target: 'a\ufffd' });
});

test('paths that no disk can hold are unknown, and nobody throws', (t) => {
  for (const path of ['/a\0b', `/${'x'.repeat(300)}`, `/${'x/'.repeat(3000)}x`]) {
    t.deepEqual(realDisk.look(path), { is: 'unknown' });
    t.deepEqual(realDisk.list(path), { is: 'unlistable' });
    t.is(realDisk.readText(path, 10), undefined);
  }
});

test('without permission things are closed and directories unlistable', (t) => {
  using place = new Place();
  mkdirSync(place.at('closed'), { mode: 0o700 });
  writeFileSync(place.at('closed/f'), 'text');
  writeFileSync(place.at('unreadable'), 'text');
  chmodSync(place.base, 0o755);
  for (const path of ['closed', 'unreadable']) chmodSync(place.at(path), 0);
  t.deepEqual(asNobody('look', place.at('closed/f')), { is: 'closed' });
  t.deepEqual(asNobody('list', place.at('closed')), { is: 'unlistable' });
  t.is(asNobody('readText', place.at('unreadable'), 10), undefined);
  t.like(asNobody('look', place.at('closed')) as object, { is: 'directory' });
  chmodSync(place.at('closed'), 0o700);
});

test('listing tells names and kinds', (t) => {
  using place = new Place();
  mkdirSync(place.at('d'));
  writeFileSync(place.at('.f'), '');
  symlinkSync('d', place.at('l'));
  execFileSync('mkfifo', [place.at('p')]);
  t.deepEqual(realDisk.list(place.base), {
    is: 'names',
    entries: [
      { name: '.f', isUtf8: true, kind: 'other' },
      { name: 'd', isUtf8: true, kind: 'directory' },
      { name: 'l', isUtf8: true, kind: 'link' },
      { name: 'p', isUtf8: true, kind: 'other' },
    ],
  });
});

test('names that are no UTF-8 are marked, among others that only look so', (t) => {
  using place = new Place();
  mkdirSync(place.bytes());
  writeFileSync(place.at('\ufffd\ufffd'), '');
  writeFileSync(place.at('plain'), '');
  const listing = realDisk.list(place.base);
  const entries = listing.is === 'names' ? [...listing.entries] : [];
  t.deepEqual(
    entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
    [
      { name: 'plain', isUtf8: true, kind: 'other' },
      { name: '\ufffd', isUtf8: false, kind: 'directory' },
      { name: '\ufffd\ufffd', isUtf8: true, kind: 'other' },
    ],
  );
});

test('a text is read up to the limit, to the byte', (t) => {
  using place = new Place();
  writeFileSync(place.at('f'), 'gitdir: ü');
  t.is(realDisk.readText(place.at('f'), 10), 'gitdir: ü');
  t.is(realDisk.readText(place.at('f'), 9), undefined);
  writeFileSync(place.at('empty'), '');
  t.is(realDisk.readText(place.at('empty'), 0), '');
});

test('only what regular files hold, and only if it is text, is a text', (t) => {
  using place = new Place();
  writeFileSync(place.at('f'), 'text');
  symlinkSync('f', place.at('l'));
  execFileSync('mkfifo', [place.at('p')]);
  writeFileSync(place.at('bytes'), Buffer.of(0x61, 0xff));
  for (const name of ['l', 'p', 'bytes', 'none', '.']) t.is(realDisk.readText(place.at(name), 10), undefined, name);
  t.is(realDisk.readText('/dev/zero', 10), undefined);
});
