/** Finds its executor by variables, has a file written there and shown by a command, and prints what came of it. */
import { connectFromEnvironment } from '#src/index.js';

const [path = '', words = ''] = process.argv.slice(2);
const client = await connectFromEnvironment();
await client.files.writeFile(path, words);
const { exitCode, stdoutText, stderrText } = await client.run(['bash', '-c', 'cat "$0"; rev >&2; exit 7', path], {
  input: words,
});
const readText = await client.files.readTextFile(path);
await client.close();
console.log(JSON.stringify({ exitCode, stdoutText, stderrText, readText }));
