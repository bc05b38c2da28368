/** The socket is cut while a process talks; a client that reads behind each resume has everything, or knows what it lost. */
import { existsSync } from 'node:fs';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { eventually } from '#test/support/procfs.js';
import { freshSeed, randomIntegers } from '#test/support/random.js';
import { LinkLost, RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const CUTS = 200;
const LINES_PER_BURST = 60;
/** Says a burst of numbered lines on both streams for each line it reads; all bursts together fit the retained window. */
const TALKATIVE = `n=0
while read -r word; do
  [ "$word" = end ] && exit 7
  i=0
  while [ $i -lt ${LINES_PER_BURST} ]; do echo "out $n $i"; echo "err $n $i" >&2; i=$((i+1)); done
  n=$((n+1))
done`;

const expected = (name: string): string =>
  Array.from({ length: CUTS * LINES_PER_BURST }, (_, line) => {
    return `${name} ${Math.floor(line / LINES_PER_BURST)} ${line % LINES_PER_BURST}\n`;
  }).join('');

/** Whether the last thing pushed on stderr since now ends with this. */
function listenFor(client: RpcClient, ending: string): () => boolean {
  let heard = client.pushed.length;
  let tail = '';
  return () => {
    for (; heard < client.pushed.length; heard += 1) {
      const event = client.pushed[heard]!;
      if (event.is === 'output' && event.stream === 'stderr') tail = (tail + event.bytes).slice(-ending.length);
    }
    return tail === ending;
  };
}

for (const spawner of SPAWNERS) {
  test(`a byte written by a child is delivered once through ${CUTS} cuts of the socket (${spawner})`, async (t) => {
    const seed = freshSeed();
    t.log(`FARHAND_TEST_SEED=${seed}`);
    const below = randomIntegers(seed);
    await using executor = await ExecutorProgram.start({ spawner });
    let client = await RpcClient.connect(executor.url);
    const record = client.record('talker');
    await client.shell('talker', TALKATIVE, { pipeStdin: true });

    const resume = async (): Promise<void> => {
      const { sessionId: resumed, records } = client;
      await client.ended;
      client = await RpcClient.connect(executor.url, { resume: resumed, records });
      t.deepEqual(record.merge(await client.read('talker', record.complete)), []);
    };
    for (let burst = 0; burst < CUTS; burst += 1) {
      const eventsUntilCut = client.pushed.length + below(40);
      const accepted = client.write('talker', 'go\n', String(burst)).then(
        () => true,
        (error) => {
          if (error instanceof LinkLost) return false;
          throw error;
        },
      );
      const hasSaid = listenFor(client, `err ${burst} ${LINES_PER_BURST - 1}\n`);
      await client.until(() => client.pushed.length >= eventsUntilCut || hasSaid());
      client.cut();
      const known = await accepted;
      await resume();
      // The same writeId again: it reaches stdin once, whether the first one did or not.
      if (!known) await client.write('talker', 'go\n', String(burst));
    }
    await client.write('talker', 'end\n', 'end');
    await client.closed('talker');

    t.is(record.output('stdout').toString(), expected('out'));
    t.is(record.output('stderr').toString(), expected('err'));
    t.is(record.exitCode, 7);
    t.is(record.disagreements, 0);
    await client[Symbol.asyncDispose]();
  });
}

test('output beyond the retained window is lost visibly, and what follows is whole', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start();
  const before = await RpcClient.connect(executor.url);
  const script = `echo first; read -r line; seq 1000000 1399999; touch ${folder.file('said')}; read -r line; echo last`;
  await before.shell('talker', script, { pipeStdin: true });
  await before.hasWritten('talker', 'first\n');
  const last = before.record('talker').complete;
  before.cut();
  await before.ended;
  // Nobody reads while it talks: whoever wakes it is gone before it has said much.
  const between = await RpcClient.connect(executor.url, { resume: before.sessionId });
  await between.write('talker', 'go\n', '1');
  between.cut();
  await between.ended;
  await eventually(() => existsSync(folder.file('said')));

  await using after = await RpcClient.connect(executor.url, { resume: before.sessionId, records: before.records });
  const kept = await after.read('talker', last);
  const lost = after.record('talker').merge(kept);
  t.true(lost.length > 0, 'the first number read is not the next one');
  t.is(lost[0], last + 1);
  t.is(kept.chunks[0]!.seq, lost.at(-1)! + 1);
  const text = kept.chunks.map(({ chunk }) => Buffer.from(chunk, 'base64')).join('');
  t.true(text.length <= 1 << 20);
  const whole = Array.from({ length: 400_000 }, (_, line) => `${1_000_000 + line}\n`).join('');
  t.true(whole.endsWith(text), 'what is retained is the newest output, without a hole');
  await after.write('talker', 'end\n', '2');
  await after.hasWritten('talker', 'last\n');
});

test('reads and pushes of a resumed session have no gap between them', async (t) => {
  await using executor = await ExecutorProgram.start();
  let client = await RpcClient.connect(executor.url);
  await client.shell('talker', 'i=0; while :; do echo $i; i=$((i+1)); done');
  let last = 0;
  for (let round = 0; round < 100; round += 1) {
    client.cut();
    await client.ended;
    client = await RpcClient.connect(executor.url, { resume: client.sessionId });
    const { chunks, nextSeq } = await client.read('talker', last);
    const oldest = chunks[0]?.seq ?? nextSeq;
    t.true(oldest > last);
    t.deepEqual(
      chunks.map(({ seq }) => seq),
      Array.from({ length: nextSeq - oldest }, (_, place) => oldest + place),
    );
    await client.until(() => (client.pushed.at(-1)?.seq ?? 0) >= nextSeq + 5);
    const pushed = client.pushed.map(({ seq }) => seq).filter((seq) => seq >= nextSeq);
    t.deepEqual(
      pushed,
      pushed.map((_, place) => nextSeq + place),
    );
    last = pushed.at(-1)!;
  }
  await client.terminate('talker');
  await client[Symbol.asyncDispose]();
});
