/** What a child finds on its descriptors, and what it may do with them. */
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';

for (const spawner of SPAWNERS) {
  test(`a child inherits its three descriptors and nothing else, whatever runs beside it (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    for (const [id, tty] of [
      ['cat', false],
      ['terminal', true],
      ['cat too', false],
      ['terminal too', true],
    ] as const) {
      await client.start(id, ['cat'], { tty, pipeStdin: true });
    }
    for (const tty of [false, true]) {
      const id = `listing ${tty}`;
      // The shell holds nothing of its own while it waits for ls.
      await client.shell(id, 'ls /proc/$$/fd', { tty });
      t.deepEqual((await client.closed(id)).output().toString().trim().split(/\s+/), ['0', '1', '2']);
    }
  });

  test(`a child may open its outputs by name (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await client.shell('p', 'echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin', { pipeStdin: false });
    const record = await client.closed('p');
    t.is(record.output('stdout').toString(), 'out\n');
    t.is(record.output('stderr').toString(), 'err\n');
    t.is(record.exitCode, 0);
  });

  test(`a child that closes its outputs goes on, and is told of when it ends (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await client.shell('one', 'exec >&-; read -r line; echo "$line" >&2; exit 3', { pipeStdin: true });
    await client.shell('both', 'exec >&- 2>&-; read -r line; exit 4', { pipeStdin: true });
    await client.write('one', 'word\n', '1');
    const one = await client.closed('one');
    t.is(one.output('stderr').toString(), 'word\n');
    t.is(one.exitCode, 3);
    t.deepEqual(client.record('both').events, []);
    await client.write('both', 'word\n', '1');
    const both = await client.closed('both');
    t.deepEqual(
      both.events.map(({ is }) => is),
      ['exited', 'closed'],
    );
    t.is(both.exitCode, 4);
  });

  test(`sequence numbers of a process are 1, 2, 3, ... in wire order, closed is the last, in a crowd of tiny pieces (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const count = 30_000;
    await client.shell('p', `i=0; while [ $i -lt ${count} ]; do echo $i; echo $i >&2; i=$((i+1)); done`);
    const record = await client.closed('p');
    const expected = Array.from({ length: count }, (_, line) => `${line}\n`).join('');
    t.is(record.output('stdout').toString(), expected);
    t.is(record.output('stderr').toString(), expected);
    const seqs = client.pushed.map(({ seq }) => seq);
    t.deepEqual(
      seqs,
      seqs.map((_, place) => place + 1),
    );
    t.is(client.pushed.at(-1)!.is, 'closed');
  });

  test(`what is typed reaches a terminal and no descriptor that came after it (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    // The terminal ends while its leader goes on: its descriptor is closed, and its number free for the next.
    await client.shell('old', "trap '' HUP; exec <&- >&- 2>&-; sleep 1000", { tty: true });
    for (let n = 0; n < 8; n += 1) {
      await client.start(`cat ${n}`, ['cat'], { tty: n % 2 === 0, pipeStdin: true });
      await client.write('old', 'stray\n', String(n));
    }
    for (let n = 0; n < 8; n += 1) {
      await client.write(`cat ${n}`, 'own\n', '1');
      await client.hasWritten(`cat ${n}`, 'own');
      t.false(client.record(`cat ${n}`).output().includes('stray'));
    }
    await client.terminate('old');
    t.is((await client.closed('old')).exitCode, 137);
  });
}
