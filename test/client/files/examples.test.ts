/** What the documentation of the client's files shows compiles, runs on our executor, and prints what it says. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const execute = promisify(execFile);

const FOLDER = 'src/client/files';
const SOURCES = [
  'src/client/errors.ts',
  'src/client/remote-path.ts',
  ...readdirSync(FOLDER).map((name) => join(FOLDER, name)),
];
/** What a reader of any of them has at hand. */
const EXPORTS = ['FileError', 'LimitError', 'fileUri', 'uriPath'];

/** The examples in doc comments, without their stars. */
const examples = SOURCES.flatMap((source) =>
  Array.from(readFileSync(source, 'utf8').matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms), ([, lines = '']) =>
    lines.replace(/^ *\* ?/gm, ''),
  ),
);

const PROGRAM = `
import { connect, ${EXPORTS.join(', ')} } from 'farhand';
const client = await connect(process.argv[2]!);
${examples.map((example) => `{\n${example}}\n`).join('')}
await client.close();
`;

const OPTIONS = ['--target', 'ES2023', '--lib', 'ES2023,ESNext.Disposable', '--module', 'NodeNext', '--types', 'node'];

test('every operation and both streams have an example', (t) => {
  const operations = ['readFile', 'readTextFile', 'writeFile', 'createDirectory', 'getMetadata', 'canonicalize'];
  const more = ['readDirectory', 'walk', 'remove', 'copy', 'openRead', 'openWrite'];
  for (const name of [...operations, ...more]) t.true(PROGRAM.includes(`files.${name}(`), name);
  for (const name of EXPORTS)
    t.true(
      examples.some((example) => example.includes(name)),
      name,
    );
});

test('the examples compile, run, and print what they say beside each line', async (t) => {
  using folder = new TemporaryFolder();
  const modules = folder.file('node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(resolve('.'), join(modules, 'farhand'));
  symlinkSync(resolve('node_modules/@types/node'), join(modules, '@types/node'));
  folder.write('package.json', '{ "type": "module" }');
  writeFileSync(folder.file('examples.ts'), PROGRAM);
  const compile = ['--strict', '--skipLibCheck', ...OPTIONS, 'examples.ts'];
  await execute(resolve('node_modules/.bin/tsc'), compile, { cwd: folder.path });

  await using executor = await ExecutorProgram.start();
  const { stdout } = await execute(process.execPath, [folder.file('examples.js'), executor.url]);
  const said = Array.from(PROGRAM.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm), ([, text]) => text!);
  t.true(said.length > 0);
  for (const text of said) t.true(stdout.includes(`${text}\n`), text);
});
