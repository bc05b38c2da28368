import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { MissingWatch } from '#src/files/missing-watch.js';
import type { FileUri } from '#src/protocol/ids.js';
import { fileUri } from '#src/protocol/path-uri.js';
import type { PeerLink } from '#src/rpc/handlers.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

// One after the other: the kernel may tell a watch what happened just before it, if another watch was there already. That may be.

/** The peer's end of a link: what it was told, and when that comes. */
class Listener implements PeerLink {
  readonly #gone = new AbortController();
  readonly gone = this.#gone.signal;
  readonly queuedBytes = 0;
  readonly told: string[] = [];
  #next: () => void = () => {};

  notify(message: string | Uint8Array): void {
    this.told.push(String(message));
    this.#next();
  }

  /** Resolves with the next message. */
  next(): Promise<string> {
    // Watches do not keep a program alive.
    const alive = setInterval(() => {}, 60_000);
    return new Promise((resolve) => {
      this.#next = () => {
        clearInterval(alive);
        resolve(this.told.at(-1)!);
      };
    });
  }

  leave(): void {
    this.#gone.abort();
  }
}

/** A connection's watch, and a folder to watch. */
class Watched implements Disposable {
  readonly folder = new TemporaryFolder();
  readonly link = new Listener();
  readonly watch = new MissingWatch(this.link);

  file(name: string): string {
    return this.folder.file(name);
  }

  uri(name: string): FileUri {
    return fileUri(this.file(name));
  }

  start(id: number | bigint, missing: readonly string[], present?: string): boolean {
    const uris = missing.map((name) => this.uri(name));
    return this.watch.replace(id, uris, present === undefined ? null : this.uri(present));
  }

  [Symbol.dispose](): void {
    this.link.leave();
    this.folder[Symbol.dispose]();
  }
}

const changed = (id: number | bigint) => `{"method":"fs/missingChanged","params":{"watchId":${id}}}`;

/** What is done after something is missing, and has to be told. */
async function isTold(
  t: ExecutionContext,
  act: (watched: Watched) => void,
  missing: readonly string[],
  present?: string,
): Promise<void> {
  using watched = new Watched();
  mkdirSync(watched.file('a/b'), { recursive: true });
  watched.folder.write('here', 'text');
  t.true(watched.start(1, missing, present));
  const told = watched.link.next();
  act(watched);
  t.is(await told, changed(1));
}

/** What is done and is not to be told: what comes behind it is the first to be. */
async function isNotTold(
  t: ExecutionContext,
  act: (watched: Watched) => void,
  missing: readonly string[],
  present?: string,
): Promise<void> {
  using watched = new Watched();
  using probe = new Watched();
  mkdirSync(watched.file('a/b'), { recursive: true });
  watched.folder.write('here', 'text');
  t.true(watched.start(1, missing, present));
  t.true(probe.start(1, ['x']));
  const told = probe.link.next();
  act(watched);
  // Events come in the order in which things happened.
  probe.folder.write('x', '');
  await told;
  t.deepEqual(watched.link.told, []);
}

test.serial('told: a missing file comes', (t) => isTold(t, (w) => w.folder.write('x', ''), ['x']));
test.serial('told: a missing directory comes', (t) => isTold(t, (w) => mkdirSync(w.file('x')), ['y', 'x']));
test.serial('told: a link comes that leads nowhere', (t) =>
  isTold(t, (w) => symlinkSync('nowhere', w.file('x')), ['x']),
);
test.serial('told: something else gets the name', (t) =>
  isTold(t, (w) => renameSync(w.file('here'), w.file('x')), ['x']),
);
test.serial('told: another name is given to a file', (t) =>
  isTold(t, (w) => linkSync(w.file('here'), w.file('x')), ['x']),
);
test.serial('told: the first missing directory on the way comes', (t) =>
  isTold(t, (w) => mkdirSync(w.file('a/b/c')), ['a/b/c/d/e']),
);
test.serial('told: it comes and goes at once', (t) =>
  isTold(
    t,
    (w) => {
      w.folder.write('x', '');
      unlinkSync(w.file('x'));
    },
    ['x'],
  ),
);
test.serial('told: a directory on the way is removed', (t) =>
  isTold(t, (w) => rmSync(w.file('a/b'), { recursive: true }), ['a/b/x']),
);
test.serial('told: a directory on the way is moved away and back', (t) =>
  isTold(
    t,
    (w) => {
      renameSync(w.file('a'), w.file('elsewhere'));
      renameSync(w.file('elsewhere'), w.file('a'));
    },
    ['a/b/x'],
  ),
);
test.serial('told: a directory on the way gets another mode', (t) =>
  isTold(t, (w) => chmodSync(w.file('a'), 0o711), ['a/b/x']),
);
test.serial('told: a name that is not UTF-8 comes', async (t) => {
  using watched = new Watched();
  const path = Buffer.concat([Buffer.from(`${watched.folder.path}/`), Buffer.of(0xff)]);
  t.true(watched.watch.replace(1, [fileUri(path)], null));
  const told = watched.link.next();
  writeFileSync(path, '');
  t.is(await told, changed(1));
});

test.serial('told: the present file is written', (t) =>
  isTold(t, (w) => appendFileSync(w.file('here'), '+'), ['x'], 'here'),
);
test.serial('told: the present file is removed', (t) => isTold(t, (w) => unlinkSync(w.file('here')), ['x'], 'here'));
test.serial('told: the present file is touched', (t) =>
  isTold(t, (w) => utimesSync(w.file('here'), 1, 1), ['x'], 'here'),
);
test.serial('told: the present file is replaced', (t) =>
  isTold(
    t,
    (w) => {
      w.folder.write('new', '');
      renameSync(w.file('new'), w.file('here'));
    },
    ['x'],
    'here',
  ),
);
test.serial('told: the present file is written under another name', async (t) => {
  using watched = new Watched();
  watched.folder.write('here', '');
  mkdirSync(watched.file('elsewhere'));
  linkSync(watched.file('here'), watched.file('elsewhere/name'));
  t.true(watched.start(1, ['x'], 'here'));
  const told = watched.link.next();
  appendFileSync(watched.file('elsewhere/name'), '+');
  t.is(await told, changed(1));
});
test.serial('told: the present directory gets another mode', (t) =>
  isTold(t, (w) => chmodSync(w.file('a/b'), 0o711), ['x'], 'a/b'),
);
test.serial('told: a directory above what is present is moved', (t) =>
  isTold(t, (w) => renameSync(w.file('a'), w.file('elsewhere')), ['x'], 'a/b'),
);

test.serial('not told: others come beside it', (t) => isNotTold(t, (w) => w.folder.write('y', ''), ['x']));
test.serial('not told: others change and go beside it', (t) =>
  isNotTold(
    t,
    (w) => {
      appendFileSync(w.file('here'), '+');
      chmodSync(w.file('here'), 0o600);
      unlinkSync(w.file('here'));
    },
    ['x'],
  ),
);
test.serial('not told: something comes where nobody looks', (t) =>
  isNotTold(t, (w) => w.folder.write('a/b/x', ''), ['a/x']),
);
test.serial('not told: the present file is read', (t) =>
  isNotTold(t, (w) => readFileSync(w.file('here')), ['x'], 'here'),
);
test.serial('not told: a file comes into the present directory', (t) =>
  isNotTold(t, (w) => w.folder.write('a/b/new', ''), ['x'], 'a/b'),
);

test.serial('it is told once', async (t) => {
  using watched = new Watched();
  using probe = new Watched();
  t.true(watched.start(1, ['x', 'y']));
  t.true(probe.start(1, ['x']));
  const told = probe.link.next();
  watched.folder.write('x', '');
  watched.folder.write('y', '');
  unlinkSync(watched.file('x'));
  probe.folder.write('x', '');
  await told;
  t.deepEqual(watched.link.told, [changed(1)]);
});

test.serial('nothing is told in the turn of the answer', (t) => {
  using watched = new Watched();
  t.true(watched.start(1, ['x']));
  watched.folder.write('x', '');
  t.deepEqual(watched.link.told, []);
});

test.serial('what is there, or lies behind a link, is not watched', (t) => {
  using watched = new Watched();
  mkdirSync(watched.file('directory'));
  watched.folder.write('file', '');
  symlinkSync('nowhere', watched.file('dangling'));
  symlinkSync('directory', watched.file('link'));
  t.false(watched.start(1, ['directory']));
  t.false(watched.start(2, ['x', 'file']));
  t.false(watched.start(3, ['dangling']));
  t.false(watched.start(4, ['link/x']));
  t.false(watched.start(5, ['file/x']));
  t.false(watched.start(6, ['x'], 'dangling'));
  t.false(watched.start(7, ['x'], 'link'));
  t.false(watched.start(8, ['x'], 'missing'));
  t.false(watched.start(9, ['n'.repeat(300)]));
  t.true(watched.start(10, ['x'], 'file'));
});

test.serial('what the kernel makes up, or is on another kind of host, is not watched', (t) => {
  using watched = new Watched();
  let id = 0;
  const watches = (missing: string, present: string | null = null) =>
    watched.watch.replace(++id, [missing as FileUri], present as FileUri | null);
  t.false(watches('file:///proc/x'));
  t.false(watches('file:///proc/self/x'));
  t.false(watches('file:///sys/x'));
  t.false(watches(watched.uri('x'), 'file:///proc/version'));
  t.false(watches('file:///C:/x'));
  t.false(watches('file://server/x'));
  t.false(watches(watched.uri('x'), 'file:///C:/x'));
  t.true(watches(watched.uri('x'), 'file:///'));
});

test.serial('ids only grow: one that is not greater changes nothing', async (t) => {
  using watched = new Watched();
  t.false(watched.start(0, ['x']));
  t.true(watched.start(2, ['x']));
  t.false(watched.start(2, ['y']));
  t.false(watched.start(1, ['y']));
  const told = watched.link.next();
  watched.folder.write('x', '');
  t.is(await told, changed(2));
  t.false(watched.start(2, ['y']));
});

test.serial('ids of all 64 bits are compared and told exactly', async (t) => {
  using watched = new Watched();
  t.true(watched.start(2 ** 53 - 1, ['y']));
  t.true(watched.start(2n ** 64n - 2n, ['y']));
  t.true(watched.start(2n ** 64n - 1n, ['x']));
  t.false(watched.start(2n ** 64n - 2n, ['y']));
  const told = watched.link.next();
  watched.folder.write('x', '');
  t.is(await told, changed(2n ** 64n - 1n));
});

for (const [how, replace] of [
  ['another', (watched: Watched) => watched.start(2, ['y'])],
  ['one that is refused', (watched: Watched) => watched.start(2, ['here'])],
  ['an empty one', (watched: Watched) => watched.start(2, [])],
  ['the end of the connection', (watched: Watched) => watched.link.leave()],
] as const) {
  test.serial(`a watch ends with ${how}`, (t) =>
    isNotTold(
      t,
      (watched) => {
        replace(watched);
        watched.folder.write('x', '');
      },
      ['x'],
    ),
  );
}

test.serial('behind the end of a connection nothing is watched', (t) => {
  using watched = new Watched();
  watched.link.leave();
  t.false(watched.start(1, ['x']));
});

test.serial('without a watch to be had nothing is promised, and nothing is left over', (t) => {
  using folder = new TemporaryFolder();
  const script = `
    import { closeSync, openSync } from 'node:fs';
    import { MissingWatch } from ${JSON.stringify(import.meta.resolve('#src/files/missing-watch.js'))};
    const watch = new MissingWatch({ gone: new AbortController().signal, notify() {} });
    const missing = [${JSON.stringify(fileUri(folder.file('x')))}];
    const open = [];
    try {
      for (;;) open.push(openSync('/dev/null'));
    } catch {}
    console.log(watch.replace(1, missing, null));
    for (const fd of open) closeSync(fd);
    console.log(watch.replace(2, missing, null));
  `;
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  t.is(stdout, 'false\ntrue\n');
});

test.serial('watches that have ended leave nothing in the kernel, and none keeps a program alive', (t) => {
  using folder = new TemporaryFolder();
  const script = `
    import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    import { MissingWatch } from ${JSON.stringify(import.meta.resolve('#src/files/missing-watch.js'))};
    const gone = new AbortController();
    const link = { gone: gone.signal, notify() {} };
    const watches = () => readdirSync('/proc/self/fdinfo')
      .map((fd) => { try { return readFileSync('/proc/self/fdinfo/' + fd, 'utf8'); } catch { return ''; } })
      .join('').split('inotify wd:').length - 1;
    const before = watches();
    const other = new MissingWatch({ ...link, gone: new AbortController().signal });
    const watch = new MissingWatch(link);
    const path = ${JSON.stringify(fileUri(folder.path))};
    console.log(watch.replace(1, [path + '/x', path + '/y'], null), watches() > before);
    gone.abort();
    console.log(watches() - before);
    console.log(other.replace(1, [path + '/x'], path));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  t.is(stderr, '');
  t.is(stdout, 'true true\n0\ntrue\n');
  t.is(status, 0);
});
