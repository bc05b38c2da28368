/** The registry on a real disk, with other threads, other processes and other users. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { INTERNAL_ERROR, RpcError } from '#src/protocol/errors.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import { installationFor } from '#test/support/installation.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { type Lease, Placeholders } from '#workers/sandbox/placeholders.js';
import { prepareRuntimeDirectory, runtimeDirectory } from '#workers/sandbox/runtime-directory.js';

const MODULE = fileURLToPath(import.meta.resolve('#workers/sandbox/placeholders.js'));
const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

class Place implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly base = realpathSync(this.#folder.path);
  readonly runtime = `${this.base}/runtime`;

  at(name: string): string {
    return `${this.base}/${name}`;
  }

  placeholders(): Placeholders {
    return new Placeholders(this.runtime);
  }

  tokens(): string[] {
    return readdirSync(`${this.runtime}/placeholders`);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

const directory = (path: string): Placeholder => ({ path, object: 'directory' });
const file = (path: string): Placeholder => ({ path, object: 'file' });

function acquired(placeholders: Placeholders, ...list: Placeholder[]): Lease {
  placeholders.living();
  const lease = placeholders.acquire(list);
  if (lease === 'changed') throw new Error('changed');
  return lease;
}

function refused(t: ExecutionContext, act: () => unknown, message: RegExp): void {
  const error = t.throws(act, { instanceOf: RpcError, message });
  t.is(error?.code, INTERNAL_ERROR);
}

/** Begins a lease on a directory, in another thread or process, and makes the placeholder. */
const holding = ({ runtime }: Place, path: string, module = MODULE) => `
  const { mkdirSync } = await import('node:fs');
  const { Placeholders } = await import(${JSON.stringify(pathToFileURL(module))});
  const placeholders = new Placeholders(${JSON.stringify(runtime)});
  placeholders.living();
  placeholders.acquire([{ path: ${JSON.stringify(path)}, object: 'directory' }]);
  mkdirSync(${JSON.stringify(path)});
`;

test('the last lease removes what was made, be it a directory or a file', (t) => {
  using place = new Place();
  const [one, two] = [place.placeholders(), place.placeholders()];
  const list = [directory(place.at('.git')), file(place.at('secret'))];
  const first = acquired(one, ...list);
  mkdirSync(place.at('.git'));
  writeFileSync(place.at('secret'), '');
  const second = acquired(two, ...list);
  // In the order of the directory of the registry, which is any.
  t.deepEqual([...one.living()].sort(), [place.at('.git'), place.at('secret')]);
  first.release();
  t.true(existsSync(place.at('.git')) && existsSync(place.at('secret')));
  second.release();
  t.false(existsSync(place.at('.git')) || existsSync(place.at('secret')));
  t.deepEqual([one.living(), place.tokens()], [new Set(), []]);
});

test('a lease that is released twice counts once', (t) => {
  using place = new Place();
  const placeholders = place.placeholders();
  const [first] = [acquired(placeholders, directory(place.at('x'))), acquired(placeholders, directory(place.at('x')))];
  mkdirSync(place.at('x'));
  first.release();
  first.release();
  t.true(existsSync(place.at('x')));
});

test('what has content stays, and is no placeholder any more', (t) => {
  using place = new Place();
  const placeholders = place.placeholders();
  const lease = acquired(placeholders, directory(place.at('.git')), file(place.at('f')));
  mkdirSync(place.at('.git'));
  writeFileSync(place.at('.git/HEAD'), 'ref');
  writeFileSync(place.at('f'), 'text');
  t.deepEqual(placeholders.living(), new Set());
  lease.release();
  t.true(existsSync(place.at('.git/HEAD')) && existsSync(place.at('f')));
  t.deepEqual(place.tokens(), []);
});

test('what is there before the first claim is somebody’s', (t) => {
  using place = new Place();
  const placeholders = place.placeholders();
  mkdirSync(place.at('theirs'));
  placeholders.living();
  t.is(placeholders.acquire([directory(place.at('missing')), directory(place.at('theirs'))]), 'changed');
  t.deepEqual(placeholders.living(), new Set());
  t.true(existsSync(place.at('theirs')));
});

test('a plan is made again when another has made a claim meanwhile, also without placeholders of its own', (t) => {
  using place = new Place();
  const [one, two] = [place.placeholders(), place.placeholders()];
  one.living();
  const other = acquired(two, directory(place.at('x')));
  t.is(one.acquire([]), 'changed');
  one.living();
  t.not(one.acquire([]), 'changed');
  other.release();
});

test('without having asked what lives there is no lease', (t) => {
  using place = new Place();
  t.is(place.placeholders().acquire([]), 'changed');
});

test('one path as a directory and as a file is refused, and what was claimed with it is given back', (t) => {
  using place = new Place();
  const [one, two] = [place.placeholders(), place.placeholders()];
  const lease = acquired(one, directory(place.at('x')));
  refused(
    t,
    () => acquired(two, file(place.at('y')), file(place.at('x'))),
    /^sandbox unavailable: .*`.*\/x` as an empty d/,
  );
  t.deepEqual(one.living(), new Set([place.at('x')]));
  lease.release();
  t.deepEqual(place.tokens(), []);
});

test('a link in the place of a directory above leads to no removal', (t) => {
  using place = new Place();
  for (const name of ['w', 'outside', 'outside/x']) mkdirSync(place.at(name));
  const lease = acquired(place.placeholders(), directory(place.at('w/x')));
  renameSync(place.at('w'), place.at('moved'));
  symlinkSync(place.at('outside'), place.at('w'));
  lease.release();
  t.true(existsSync(place.at('outside/x')));
});

test('what cannot be released is released with the next', (t) => {
  using place = new Place();
  if (isRoot) chownSync(place.base, NOBODY, NOBODY);
  const installation = installationFor(isRoot ? NOBODY : undefined);
  const script = `
    ${holding(place, place.at('x'), installation.at(MODULE))}
    const { chmodSync, existsSync } = await import('node:fs');
    const claim = (path) => {
      placeholders.living();
      return placeholders.acquire([{ path, object: 'directory' }]);
    };
    const [second, third] = [claim(${JSON.stringify(place.at('y'))}), claim(${JSON.stringify(place.at('z'))})];
    mkdirSync(${JSON.stringify(place.at('y'))});
    chmodSync(${JSON.stringify(place.runtime)} + '/placeholders', 0o300);
    second.release();
    const before = existsSync(${JSON.stringify(place.at('y'))});
    chmodSync(${JSON.stringify(place.runtime)} + '/placeholders', 0o700);
    const living = placeholders.living().size;
    third.release();
    console.log(before, living, existsSync(${JSON.stringify(place.at('y'))}), existsSync(${JSON.stringify(place.at('x'))}));
  `;
  const who = isRoot ? { uid: NOBODY, gid: NOBODY, cwd: installation.root } : {};
  const options = { ...who, encoding: 'utf8' } as const;
  const told = execFileSync(installation.node, ['--input-type=module', '--eval', script], options);
  t.is(told, 'true 3 false true\n');
});

test('when the runtime directory has been emptied, release removes nothing and does not throw', (t) => {
  using place = new Place();
  const lease = acquired(place.placeholders(), directory(place.at('x')));
  mkdirSync(place.at('x'));
  for (const token of place.tokens()) renameSync(`${place.runtime}/placeholders/${token}`, place.at(token));
  rmdirSync(`${place.runtime}/placeholders`);
  t.notThrows(() => lease.release());
  t.true(existsSync(place.at('x')));
  acquired(place.placeholders(), directory(place.at('y'))).release();
  t.deepEqual(place.tokens(), []);
});

test('what a killed process has left counts no more: a sweep removes it', (t) => {
  using place = new Place();
  const script = `${holding(place, place.at('x'))} process.kill(process.pid, 'SIGKILL');`;
  t.throws(() => execFileSync(process.execPath, ['--input-type=module', '--eval', script]));
  t.true(existsSync(place.at('x')));
  const placeholders = place.placeholders();
  t.deepEqual(placeholders.living(), new Set([place.at('x')]));
  placeholders.sweep();
  t.false(existsSync(place.at('x')));
  t.deepEqual(place.tokens(), []);
});

test('what a thread has left counts as long as it lives, and no longer', async (t) => {
  using place = new Place();
  const script = `
    const { parentPort } = require('node:worker_threads');
    (async () => { ${holding(place, place.at('x'))} parentPort.postMessage('held'); parentPort.ref(); parentPort.on('message', () => {}); })();
  `;
  const thread = new Worker(script, { eval: true });
  await once(thread, 'message');
  const placeholders = place.placeholders();
  placeholders.sweep();
  t.true(existsSync(place.at('x')));
  await thread.terminate();
  acquired(placeholders, directory(place.at('x'))).release();
  t.false(existsSync(place.at('x')));
});

test('whoever is in another pid namespace counts as living', (t) => {
  using place = new Place();
  const lease = acquired(place.placeholders(), directory(place.at('x')));
  const [token] = place.tokens();
  const elsewhere = token!.replace(/directory\.\d+-/, 'directory.1-');
  symlinkSync(place.at('x'), `${place.runtime}/placeholders/${elsewhere}`);
  mkdirSync(place.at('x'));
  lease.release();
  place.placeholders().sweep();
  t.true(existsSync(place.at('x')));
  t.deepEqual(place.tokens(), [elsewhere]);
});

test('it is never gone under one of several processes that use it all the time, and in the end it is', async (t) => {
  using place = new Place();
  const program = fileURLToPath(import.meta.resolve('./support/hammer.js'));
  const run = () => promisify(execFile)(process.execPath, [program, place.runtime, place.at('x'), '300']);
  await t.notThrowsAsync(Promise.all([run(), run(), run()]));
  t.false(existsSync(place.at('x')));
  t.deepEqual(place.tokens(), []);
});

test('the runtime directory is made for its user alone', (t) => {
  using place = new Place();
  prepareRuntimeDirectory(place.runtime);
  t.notThrows(() => prepareRuntimeDirectory(place.runtime));
  chmodSync(place.runtime, 0o750);
  refused(
    t,
    () => place.placeholders().living(),
    /^sandbox unavailable: the runtime directory .*: its mode is not 0700$/,
  );
});

test('a link, or a file, is no runtime directory', (t) => {
  using place = new Place();
  mkdirSync(place.at('real'), { mode: 0o700 });
  symlinkSync(place.at('real'), place.runtime);
  writeFileSync(place.at('file'), '');
  for (const path of [place.runtime, place.at('file')]) {
    refused(t, () => prepareRuntimeDirectory(path), /: it is no directory$/);
  }
  refused(t, () => prepareRuntimeDirectory(place.at('not/there')), /: it cannot be made \(ENOENT\)$/);
});

(isRoot ? test : test.skip)('a directory of somebody else is not trusted', (t) => {
  using place = new Place();
  mkdirSync(place.runtime, { mode: 0o700 });
  chownSync(place.runtime, NOBODY, NOBODY);
  refused(t, () => place.placeholders().living(), /: it belongs to another user$/);
});

(isRoot ? test : test.skip)('an ordinary user has a registry of its own', (t) => {
  using place = new Place();
  chownSync(place.base, NOBODY, NOBODY);
  const installation = installationFor(NOBODY);
  const script = `
    ${holding(place, place.at('x'), installation.at(MODULE))}
    const other = new Placeholders(${JSON.stringify(place.runtime)});
    console.log(other.living().size, new Placeholders().directory);
  `;
  const options = { uid: NOBODY, gid: NOBODY, cwd: installation.root, encoding: 'utf8' } as const;
  const told = execFileSync(installation.node, ['--input-type=module', '--eval', script], options);
  t.is(told, `1 /tmp/farhand-${NOBODY}\n`);
});

test('the runtime directory goes by the user', (t) => {
  const user = process.geteuid?.();
  t.regex(runtimeDirectory(), new RegExp(`^(/run/user/${user}/farhand|/tmp/farhand-${user})$`));
});
