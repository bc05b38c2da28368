import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { AuthFile, type AuthFileOptions } from '#src/credentials/auth-file.js';
import { lockFile } from '#src/credentials/file-lock.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { jwt, NOW } from './support/world.js';

const OLD = { idToken: jwt({}), accessToken: 'old', refreshToken: 'rt', account: 'acc' };
const NEW = { ...OLD, accessToken: 'new', refreshToken: 'rt2' };
const JSON_TEXT = JSON.stringify({
  tokens: { id_token: OLD.idToken, access_token: 'old', refresh_token: 'rt', account_id: 'acc' },
});

const authFile = (folder: TemporaryFolder, more: Partial<AuthFileOptions> = {}) =>
  new AuthFile({ home: folder.path, sleep: setTimeout, ...more });
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('tokens are written for the owner only, in one step, and read again', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('auth.json', JSON_TEXT);
  const file = authFile(folder);
  await file.replaceTokens(OLD, NEW, NOW);
  t.deepEqual(await file.read(), { is: 'chatGpt', tokens: NEW, lastRefreshMs: NOW });
  t.is(modeOf(folder.file('auth.json')), 0o600);
  t.deepEqual(readdirSync(folder.path).sort(), ['auth.json', 'auth.json.lock']);
  t.is(modeOf(folder.file('auth.json.lock')), 0o600);
});

test('a link stays a link', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('elsewhere.json', JSON_TEXT);
  symlinkSync('elsewhere.json', folder.file('auth.json'));
  await authFile(folder).replaceTokens(OLD, NEW, NOW);
  t.true(folder.read('elsewhere.json').includes('"new"'));
});

test('whoever has signed out stays signed out', async (t) => {
  using folder = new TemporaryFolder();
  const file = authFile(folder);
  await file.replaceTokens(OLD, NEW, NOW);
  t.false(readdirSync(folder.path).includes('auth.json'));
  folder.write('auth.json', '{}');
  await file.replaceTokens(OLD, NEW, NOW);
  t.is(folder.read('auth.json'), '{}');
});

test('what is missing or too large is not there', async (t) => {
  using folder = new TemporaryFolder();
  t.is(await authFile(folder).read(), undefined);
  const padded = (bytes: number) => folder.write('auth.json', JSON_TEXT.padEnd(bytes));
  padded(1 << 20);
  t.is((await authFile(folder).read())?.is, 'chatGpt');
  padded((1 << 20) + 1);
  t.is(await authFile(folder).read(), undefined);
});

test('that others may read the file is told once', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('auth.json', JSON_TEXT);
  chmodSync(folder.file('auth.json'), 0o644);
  const told: string[] = [];
  const file = authFile(folder, { onReadableByOthers: (path) => told.push(path) });
  await file.read();
  await file.read();
  t.deepEqual(told, [folder.file('auth.json')]);
  chmodSync(folder.file('auth.json'), 0o600);
  await authFile(folder, { onReadableByOthers: () => t.fail() }).read();
});

test('two wait for each other', async (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('lock');
  const first = await lockFile(path, setTimeout);
  const order: string[] = [];
  const second = lockFile(path, async () => {
    order.push('waited');
    await first[Symbol.asyncDispose]();
  });
  await using _ = await second;
  t.deepEqual(order, ['waited']);
});

test('a lock that is never given back is given up', async (t) => {
  using folder = new TemporaryFolder();
  await using _ = await lockFile(folder.file('lock'), setTimeout);
  let waits = 0;
  const second = lockFile(folder.file('lock'), async () => void waits++);
  await t.throwsAsync(second, { code: 'unavailable', message: 'auth.json is held by another program' });
  t.is(waits, 200);
});

test('other programs are waited for', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('lock', '');
  const program = 'use Fcntl ":flock"; open(F, ">>", shift); flock(F, LOCK_EX); $| = 1; print "held\\n"; <STDIN>;';
  const holder = spawn('perl', ['-e', program, folder.file('lock')], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  let waited = false;
  await using _ = await lockFile(folder.file('lock'), async () => {
    if (waited) return;
    waited = true;
    holder.stdin.end();
    await once(holder, 'exit');
  });
  t.true(waited);
});
