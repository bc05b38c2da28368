import test from 'ava';
import { type Output, type Reporter, reporterFor } from '#src/cli/copy/reporter.js';
import type { FileJob } from '#src/cli/copy/tree.js';
import type { FileUri } from '#src/protocol/ids.js';

interface Paper extends Output {
  readonly text: string;
}

function paper(terminal: { readonly isTTY: boolean; readonly columns?: number }): Paper {
  let text = '';
  return {
    ...terminal,
    get text() {
      return text;
    },
    write: (more) => {
      text += more;
    },
  };
}

const spot = (shown: string) => ({ uri: 'file:///' as FileUri, shown });
const job = (name: string, size: number): FileJob => ({ from: spot(`src/${name}`), to: spot(`dst/${name}`), size });

function copyTwo(reporter: Reporter): void {
  const [a, b] = [job('a', 12_300_000), job('b', 5)];
  reporter.found(a);
  reporter.found(b);
  reporter.allFound();
  reporter.moved(12_300_000);
  reporter.ended(a, 12_300_000, 1_200);
  reporter.say('src/b: Permission denied');
  reporter.ended(b, 0, undefined);
}

test('without a terminal there is a line per file, and one per fault', (t) => {
  const output = paper({ isTTY: false });
  using reporter = reporterFor(output, { quiet: false, term: 'xterm' });
  copyTwo(reporter);
  t.is(output.text, 'src/a -> dst/a  12.3 MB  1.2 s\nfarhand: src/b: Permission denied\n');
});

test('a terminal that cannot redraw a line gets lines, too', (t) => {
  const output = paper({ isTTY: true });
  using reporter = reporterFor(output, { quiet: false, term: 'dumb' });
  copyTwo(reporter);
  t.true(output.text.startsWith('src/a -> dst/a'));
});

test('quiet says only what goes wrong', (t) => {
  const output = paper({ isTTY: true });
  using reporter = reporterFor(output, { quiet: true, term: 'xterm' });
  copyTwo(reporter);
  t.is(output.text, 'farhand: src/b: Permission denied\n');
});

test('a terminal has one line that is drawn again, and faults above it', (t) => {
  const output = paper({ isTTY: true, columns: 60 });
  const reporter = reporterFor(output, { quiet: false, term: 'xterm' });
  copyTwo(reporter);
  reporter[Symbol.dispose]();
  const [, fault, ...drawn] = output.text.split('\r\x1b[K');
  t.is(fault, 'farhand: src/b: Permission denied\n');
  t.true(drawn[0]!.startsWith('1/2 files  ['));
  // What did not move counts no more.
  t.regex(drawn.at(-1)!, /^2\/2 files {2}\[#+\] {2}100 % .*\n$/);
  t.false(output.text.includes('->'));
});

test('where there was nothing to copy no bar appears', (t) => {
  const output = paper({ isTTY: true, columns: 60 });
  const reporter = reporterFor(output, { quiet: false, term: 'xterm' });
  reporter.say('src: No such file or directory');
  reporter.allFound();
  reporter[Symbol.dispose]();
  t.is(output.text.replaceAll('\r\x1b[K', ''), 'farhand: src: No such file or directory\n');
});
