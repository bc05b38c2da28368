/** The README says only what was seen: its example compiles and runs, and what it points to exists. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const execute = promisify(execFile);
const README = readFileSync('README.md', 'utf8');
const TSC = resolve('node_modules/.bin/tsc');

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
  },
  files: ['example.ts'],
};

/** A folder in which this package is installed, as a link, and its command is on `bin`. */
function installInto(folder: TemporaryFolder): string {
  const modules = folder.file('node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(resolve('.'), join(modules, 'farhand'));
  symlinkSync(resolve('node_modules/@types/node'), join(modules, '@types/node'));
  writeFileSync(folder.file('package.json'), '{ "type": "module" }');
  const bin = folder.file('bin');
  mkdirSync(bin);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/cli.js')}' "$@"\n`;
  writeFileSync(join(bin, 'farhand'), command, { mode: 0o755 });
  return bin;
}

const examples = Array.from(README.matchAll(/```js\n(.*?)```/gs), ([, example]) => example!);

test('there are examples', (t) => t.is(examples.length, 2));

for (const [at, example] of examples.entries()) {
  test(`example ${at + 1} compiles, runs, and prints what it says beside each line`, async (t) => {
    const expected = Array.from(example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, said]) => `${said}\n`);
    t.true(expected.length > 0);
    using folder = new TemporaryFolder();
    const bin = installInto(folder);
    writeFileSync(folder.file('example.ts'), example);
    writeFileSync(folder.file('tsconfig.json'), JSON.stringify(TSCONFIG));
    await execute(TSC, ['-p', folder.path]);
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const { stdout, stderr } = await execute(process.execPath, [folder.file('example.js')], { env });
    t.deepEqual([stdout, stderr], [expected.join(''), '']);
  });
}

test('every file and folder that it names is there', (t) => {
  const names = Array.from(README.matchAll(/`((?:src|test|workers|bench|dist)\/[\w./-]*)`/g), ([, name]) => name!);
  t.true(names.length > 0);
  t.deepEqual(
    names.filter((name) => !existsSync(name)),
    [],
  );
});

test('every flag of serve, run, shell and cp is listed', async (t) => {
  for (const command of ['serve', 'run', 'shell', 'cp']) {
    const { stdout } = await execute(process.execPath, ['dist/cli.js', command, '--help']);
    for (const [flag] of stdout.matchAll(/(?<=^ {2}(?:-[^h], )?)--[\w-]+/gm)) {
      t.true(README.includes(`\`${flag}`) || (flag === '--config' && README.includes('`-c`')), `${command} ${flag}`);
    }
  }
});

test('every measure of the table of speed has a command that there is', async (t) => {
  const { stdout } = await execute(process.execPath, ['build/bench/main.js', '--help']);
  const names = new Set(Array.from(stdout.matchAll(/^ {2}([a-z][a-z-]*) +\S/gm), ([, name]) => name));
  const commands = Array.from(README.matchAll(/`npm run bench -- ([a-z][a-z-]*)`/g), ([, name]) => name!);
  t.deepEqual(
    commands.filter((name) => !names.has(name)),
    [],
  );
  const [, table = ''] = /^\| measure \|.*\n\| --- .*\n((?:\|.*\n)+)/m.exec(README) ?? [];
  const measures = table.trimEnd().split('\n');
  t.true(measures.length > 10);
  const columns = /^\|(?: [^|]+ \|){4} `npm run bench -- [a-z-]+` \|$/;
  t.deepEqual(
    measures.filter((line) => !columns.test(line)),
    [],
  );
});
