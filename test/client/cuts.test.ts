/** A talkative process over a connection that is cut again and again, on real sockets. */
import test from 'ava';
import fc from 'fast-check';
import { connect } from '#src/index.js';
import { readText } from '#test/support/collect.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer } from '#test/support/fake-server.js';

/** `say`: one piece of output. `cut`: the connection goes. `settle`: the client has caught up before the next step. */
const anyStep = fc.constantFrom('say', 'say', 'say', 'cut', 'settle');

test('cuts at any moment lose and double nothing', async (t) => {
  const story = fc.array(anyStep, { minLength: 5, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      await using server = await FakeServer.start();
      await using client = await connect(server.url);
      const fake = new FakeProcess('p');
      server.remembers(fake);
      const process = await client.start(['x'], { processId: 'p' });
      const text = readText(process.stdout);

      let said = '';
      for (const [index, step] of steps.entries()) {
        if (step === 'say') {
          const piece = `${index} `;
          said += piece;
          server.tell(fake.output(piece));
        } else if (step === 'cut') {
          server.peer.cut();
        } else {
          await client.status();
        }
      }
      server.tell(fake.exited(4), fake.closed());
      // Whatever was told to a connection that was being cut is missed by it; the next one brings it.
      server.peer.cut();

      t.is(await text, said);
      t.like(await process.exit, { exitCode: 4, complete: true });
    }),
    { numRuns: 40 },
  );
});
