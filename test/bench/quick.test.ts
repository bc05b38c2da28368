/** The benches run, and say what they say in the form that they promise. No figure is judged. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { interop } from '#test/interop/support/interop-test.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { bench } from './support/bench.js';
import { assertPicture, assertReport, type Report } from './support/report.js';

/** A folder without programs: nothing can be changed on the machine by any. */
const NO_PROGRAMS = { PATH: '/nonexistent' };
/** So long that no way without it takes as much. */
const DELAY_MS = 25;

/** Some forty executors are started, on a machine that may have other things to do. */
const RIVAL_MS = 5 * 60_000;

const readReport = (path: string): Report => JSON.parse(readFileSync(path, 'utf8'));

test('latency needs no other program, and tells the two arms apart by what passed between the ends', async (t) => {
  using folder = new TemporaryFolder();
  const [json, svg] = [folder.file('json'), folder.file('svg')];
  const { code, stdout, stderr } = await bench(
    ['latency', '--quick', '--delay-ms', `${DELAY_MS}`, '--json', json, '--svg', svg],
    { ...NO_PROGRAMS, FARHAND_BENCH_RIVAL: '/nonexistent' },
  );
  t.is(code, 0, stderr);
  const report = readReport(json);
  assertReport(t, report);
  assertPicture(t, readFileSync(svg, 'utf8'), report);
  t.deepEqual([report.effort, report.programs], ['quick', { ours: 'farhand' }]);

  const [outcome, ...more] = report.outcomes;
  t.is(more.length, 0);
  const { name, sections } = outcome!;
  t.is(name, 'latency');
  t.deepEqual(
    sections.map(({ condition }) => condition),
    [
      `over a WebSocket, ${DELAY_MS} ms each way, 1 x 3 calls`,
      `through a Noise relay, ${DELAY_MS} ms each way, 1 x 3 calls`,
    ],
  );
  for (const { rows = [], gone = [], sent, calls, echo } of sections) {
    t.is(calls, 4);
    t.is(echo?.times.count, 3);
    t.deepEqual(sent, { ours: { 'process/start': 4 }, rival: { 'process/start': 4, 'process/read': 4 } });
    const figures = ['end to end', 'completion wait', 'start'].flatMap((what) => [`${what} p50`, `${what} p95`]);
    t.deepEqual(
      rows.map(({ figure }) => figure),
      figures,
    );
    t.deepEqual(
      gone.map(({ figure, times }) => [figure, times.count]),
      [
        ['final read p50', 3],
        ['final read p95', 3],
      ],
    );
    for (const { times } of rows) t.deepEqual([times.ours.count, times.rival.count], [3, 3]);
    // The way takes so long by itself.
    t.true(echo!.p50 >= 2 * DELAY_MS);
    for (const { figure, ours, rival } of rows.filter(({ figure }) => figure.startsWith('start'))) {
      t.true(ours >= 2 * DELAY_MS && rival >= 2 * DELAY_MS, figure);
    }
  }
  t.is(stdout.match(/159\.5 ms -> 118\.7 ms, -40\.8 ms \(-25\.6 %\)/g)?.length, 2);
  t.is(stdout.match(/^ {2}process\/read +4 +0$/gm)?.length, 2);
  t.notRegex(stdout, /reached|missed/);
});

interop('the real program is measured in turn, and what this machine does not allow is skipped', async (t) => {
  t.timeout(RIVAL_MS);
  using folder = new TemporaryFolder();
  const [json, svg] = [folder.file('json'), folder.file('svg')];
  const { code, stdout, stderr } = await bench(['rival', '--quick', '--json', json, '--svg', svg], NO_PROGRAMS);
  t.is(code, 0, stderr);
  const report = readReport(json);
  assertReport(t, report);
  assertPicture(t, readFileSync(svg, 'utf8'), report);
  t.is(report.programs.ours, 'farhand');
  t.regex(report.programs.rival ?? '', /^codex-cli \d/);
  const answers = new Map(report.outcomes.map(({ name, sections }) => [name, sections]));
  t.deepEqual(
    Array.from(answers, ([name, sections]) => [name, ...sections.map(({ is }) => is)]),
    [
      ['one-shot', 'measured', 'skipped'],
      ['one-shot-parallel', 'measured', 'skipped'],
      ['burst', 'measured', 'skipped'],
      ['output', 'measured'],
      ['lines', 'measured'],
      ['typed-input', 'measured', 'skipped'],
      ['metadata', 'measured', 'alone'],
      ['read-block', 'measured'],
      ['read-file', 'measured'],
      ['sandboxed', 'measured', 'skipped'],
      ['fairness', 'measured'],
      ['one-shot-heavy', 'measured', 'skipped'],
      // The command is installed by npm, which is not there; on this machine it may have been before.
      ['start-up', answers.get('start-up')![0]!.is, 'measured'],
      ['memory', 'measured'],
      ['stalled-client', 'measured'],
      ['relay-one-shot', 'measured'],
      ['relay-output', 'measured'],
      ['relay-blocks', 'measured'],
      ['relay-handshakes', 'measured'],
      ['relay-delay', 'measured'],
    ],
  );
  t.regex(answers.get('one-shot')![1]!.reason!, /the loopback route cannot be changed/);
  for (const name of answers.keys()) t.regex(stdout, new RegExp(`^${name}: `, 'm'));
});

test('where nothing is asked of the real program it need not be there: our event loop, and what Node can do at most', async (t) => {
  using folder = new TemporaryFolder();
  const [json, svg] = [folder.file('json'), folder.file('svg')];
  const { code, stderr } = await bench(['event-loop', 'floors', '--quick', '--json', json, '--svg', svg], {
    ...NO_PROGRAMS,
    FARHAND_BENCH_RIVAL: '/nonexistent',
  });
  t.is(code, 0, stderr);
  const report = readReport(json);
  assertReport(t, report);
  assertPicture(t, readFileSync(svg, 'utf8'), report);
  t.deepEqual(
    report.outcomes.map(({ name, sections }) => [name, ...sections.map(({ condition }) => condition)]),
    [
      ['event-loop', '8 streams'],
      [
        'floors',
        ...['against bare Node', 'one-shot', 'output', 'lines'],
        ...['typed-input', 'metadata', 'read-block', 'single steps'],
      ],
    ],
  );
});

test('--help lists every bench and every option, in lines that fit', async (t) => {
  const { code, stdout, stderr } = await bench(['--help']);
  t.deepEqual([code, stderr], [0, '']);
  for (const name of ['rival', 'latency', 'floors', 'event-loop', 'one-shot', 'lines', 'memory', 'relay-delay']) {
    t.regex(stdout, new RegExp(`^ {2}${name} +\\S`, 'm'));
  }
  for (const option of ['quick', 'delay-ms N', 'json FILE', 'svg FILE', 'help']) {
    t.regex(stdout, new RegExp(`^ {2}--${option} +\\S`, 'm'));
  }
  t.deepEqual(
    stdout.split('\n').filter(({ length }) => length > 120),
    [],
  );
});

for (const [args, said] of [
  [['latncy'], /^Error: no bench "latncy"; there are: rival, latency, /],
  [['--delay-ms', '2.5'], /^Error: --delay-ms: expected 0 to 1000, whole milliseconds, got "2\.5"\n$/],
  [['--delay-ms', '1001'], /^Error: --delay-ms: expected 0 to 1000, /],
  [['--fast'], /^Error: .*--fast/],
] as const) {
  test(`'${args.join(' ')}' is refused in one line, and nothing is measured`, async (t) => {
    const { code, stdout, stderr } = await bench(args);
    t.deepEqual([code, stdout], [1, '']);
    t.regex(stderr, said);
    t.is(stderr.indexOf('\n'), stderr.length - 1);
  });
}
