import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { asEnvironmentId } from '#src/rendezvous/environment-id.js';
import { addTokens, TokenFile, TokenFileError } from '#src/rendezvous/token-file.js';
import { roleOf } from '#src/rendezvous/tokens.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const A = asEnvironmentId('a')!;
const B = asEnvironmentId('b')!;

test('tokens are in nobody else’s reach, and only their hashes are kept', async (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('tokens');
  const tokens = await addTokens(path, A);
  t.is(statSync(path).mode & 0o777, 0o600);
  for (const token of Object.values(tokens)) t.false(readFileSync(path, 'utf8').includes(token));
  const file = await TokenFile.open(path, t.fail);
  t.is(roleOf(await file.current(), A, `Bearer ${tokens.executor}`), 'executor');
  t.is(roleOf(await file.current(), A, `Bearer ${tokens.harness}`), 'harness');
});

test('what is added or taken away counts at once', async (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('tokens');
  writeFileSync(path, '# mine, without a line end');
  const file = await TokenFile.open(path, t.fail);
  const { harness } = await addTokens(path, B);
  t.true(readFileSync(path, 'utf8').startsWith('# mine, without a line end\nb '));
  t.is(roleOf(await file.current(), B, `Bearer ${harness}`), 'harness');
  writeFileSync(path, '');
  t.is(roleOf(await file.current(), B, `Bearer ${harness}`), undefined);
});

test('a file that makes no sense for a while is warned of once, and changes nothing', async (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('tokens');
  const { harness } = await addTokens(path, A);
  const warnings: string[] = [];
  const file = await TokenFile.open(path, (line) => warnings.push(line));
  const isGood = async () => roleOf(await file.current(), A, `Bearer ${harness}`) === 'harness';
  const good = folder.file('good');
  renameSync(path, good);
  t.true((await isGood()) && (await isGood()));
  t.deepEqual(warnings, [
    `${path} cannot be read: No such file or directory (os error 2); the tokens from before stay good`,
  ]);
  writeFileSync(path, 'nonsense');
  t.true((await isGood()) && (await isGood()));
  t.is(warnings.length, 2);
  renameSync(good, path);
  t.true(await isGood());
  t.is(warnings.length, 2);
});

test('a file that cannot be used is said, and left as it is', async (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('tokens');
  await t.throwsAsync(TokenFile.open(path, t.fail), { instanceOf: TokenFileError, message: /cannot be read/ });
  writeFileSync(path, 'nonsense');
  for (const use of [() => TokenFile.open(path, t.fail), () => addTokens(path, A)]) {
    await t.throwsAsync<TokenFileError>(use, { instanceOf: TokenFileError, message: /line 1: expected/ });
  }
  t.is(readFileSync(path, 'utf8'), 'nonsense');
  rmSync(path);
  const nowhere = `${folder.file('missing')}/tokens`;
  await t.throwsAsync(addTokens(nowhere, A), { instanceOf: TokenFileError, message: /cannot be written/ });
});
