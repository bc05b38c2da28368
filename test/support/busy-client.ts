/** A program that asks much of the executor at the first argument, with the client library, and says a letter for each answer; it never ends. */
import { connect } from '#src/index.js';

const client = await connect(process.argv[2]!);

async function repeat(letter: string, act: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await act();
    process.stdout.write(letter);
  }
}

await Promise.all([
  repeat('r', () => client.run(['/bin/echo', 'x'])),
  repeat('s', () => client.start(['/bin/sleep', '1000'])),
  repeat('f', async () => {
    for await (const block of await client.files.openRead('/bin/sh')) process.stdout.write(block.length > 0 ? 'b' : '');
  }),
  repeat('m', () => client.files.getMetadata('/')),
]);
