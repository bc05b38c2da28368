import { readFileSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { AuditFile } from '#src/observation/audit-file.js';
import type { ExecutorEvent } from '#src/observation/executor-event.js';
import { Happenings } from '#test/support/happenings.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const answered = (bytesIn: number): ExecutorEvent => ({
  ...{ event: 'requestAnswered', connection: 3, session: 's', method: 'process/start', outcome: 'ok' },
  ...{ bytesIn, bytesOut: 20, ms: 1.23456, trace: null, argvDigest: 'a1', policyDigest: undefined },
});

/** `bytesIn` of the lines of a file, which tells them apart. */
const linesOf = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).bytesIn);

class World implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly path = this.folder.file('audit.log');
  readonly warnings: string[] = [];
  readonly happenings = new Happenings();
  clock = 0;
  audit!: AuditFile;

  static async open(prepare: (path: string) => void = () => {}): Promise<World> {
    const world = new World();
    prepare(world.path);
    world.audit = await AuditFile.open({
      path: world.path,
      now: () => world.clock,
      warn: (message) => {
        world.warnings.push(message);
        world.happenings.happened();
      },
    });
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.audit.close();
    this.folder[Symbol.dispose]();
  }
}

test('an operation is one line, with nothing but ids, names, digests and numbers', async (t) => {
  await using world = await World.open();
  world.audit.tell(answered(10));
  await world.audit.close();
  const text = readFileSync(world.path, 'utf8');
  t.regex(text, /^[^\n]+\n$/);
  const { time, ...line } = JSON.parse(text);
  t.regex(time, /^\d{4}-\d\d-\d\dT/);
  t.deepEqual(line, {
    ...{ session: 's', connection: 3, method: 'process/start', argvSha256: 'a1', policySha256: null },
    ...{ outcome: 'ok', bytesIn: 10, bytesOut: 20, ms: 1.235 },
  });
});

test('only operations are told', async (t) => {
  await using world = await World.open();
  world.audit.tell({ event: 'warning', message: 'w' });
  world.audit.tell({ event: 'sessionDetached', session: 's' });
  await world.audit.close();
  t.is(readFileSync(world.path, 'utf8'), '');
});

test('it is for its owner only, and what it held stays', async (t) => {
  await using world = await World.open();
  t.is(statSync(world.path).mode & 0o777, 0o600);
  world.audit.tell(answered(1));
  await world.audit.close();
  await using again = await AuditFile.open({ path: world.path, warn: () => {} });
  again.tell(answered(2));
  await again.close();
  t.deepEqual(linesOf(world.path), [1, 2]);
});

test('operations that come fast keep their order', async (t) => {
  await using world = await World.open();
  const numbers = Array.from({ length: 3000 }, (_, n) => n);
  for (const n of numbers) {
    world.audit.tell(answered(n));
    if (n % 100 === 0) await new Promise(setImmediate);
  }
  await world.audit.close();
  t.deepEqual(linesOf(world.path), numbers);
  t.is(world.audit.lost, 0);
});

test('opened again it goes on in the file that has the name then', async (t) => {
  await using world = await World.open();
  world.audit.tell(answered(1));
  await world.audit.reopen();
  renameSync(world.path, `${world.path}.1`);
  world.audit.tell(answered(2));
  await new Promise(setImmediate);
  await world.audit.reopen();
  world.audit.tell(answered(3));
  await world.audit.close();
  t.deepEqual(linesOf(world.path).at(-1), 3);
  t.deepEqual([...linesOf(`${world.path}.1`), ...linesOf(world.path)], [1, 2, 3]);
  t.is(statSync(world.path).mode & 0o777, 0o600);
});

test('if it cannot be opened again it goes on where it was', async (t) => {
  await using world = await World.open();
  const moved = `${world.path}.1`;
  renameSync(world.path, moved);
  symlinkSync(world.folder.file('nowhere/at-all'), world.path);
  await world.audit.reopen();
  world.audit.tell(answered(1));
  await world.audit.close();
  t.deepEqual(linesOf(moved), [1]);
  t.deepEqual(world.warnings, ['the audit log cannot be opened again, and goes on where it was: ENOENT']);
});

test('on a full disk it warns once and keeps what comes, for when there is room', async (t) => {
  await using world = await World.open((path) => symlinkSync('/dev/full', path));
  world.audit.tell(answered(1));
  await world.happenings.until(() => world.warnings.length > 0);
  world.audit.tell(answered(2));
  world.clock += 1000;
  world.audit.tell(answered(3));
  unlinkSync(world.path);
  writeFileSync(world.path, '');
  await world.audit.reopen();
  t.deepEqual(world.warnings, [
    'the audit log cannot be written, and operations go on: ENOSPC',
    'the audit log is written again; lines lost: 0',
  ]);
  world.audit.tell(answered(4));
  await world.audit.close();
  t.deepEqual(linesOf(world.path), [1, 2, 3, 4]);
});

test('what finds no room until the end is told and counted', async (t) => {
  await using world = await World.open((path) => symlinkSync('/dev/full', path));
  world.audit.tell(answered(1));
  world.audit.tell(answered(2));
  await world.audit.close();
  t.is(world.audit.lost, 2);
  t.is(world.warnings.at(-1), 'the audit log lacks its last lines: 2');
});

test('a file that cannot be made is an error', async (t) => {
  using folder = new TemporaryFolder();
  await t.throwsAsync(AuditFile.open({ path: folder.file('no/such/folder'), warn: () => {} }), { code: 'ENOENT' });
});
