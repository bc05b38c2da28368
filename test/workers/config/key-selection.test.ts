import test from 'ava';
import { select, selection } from '#workers/config/key-selection.js';
import { parseToml } from '#workers/config/toml-document.js';
import { writeToml } from '#workers/config/toml-text.js';

/** What is chosen of a document, as text; undefined when nothing is. */
function chosen(text: string, ...paths: readonly string[][]): string | undefined {
  const table = select(parseToml(text), selection(paths));
  return table && writeToml(table);
}

const SERVERS = '[m.one]\ncommand = "x"\n\n[m.two]\ncommand = "y"\n';

test('only what was chosen is there, in the order of the file', (t) => {
  t.is(
    chosen(`secret = 1\nmodel = "m"\n${SERVERS}`, ['m', 'two'], ['model']),
    'model = "m"\n\n[m.two]\ncommand = "y"\n',
  );
});

test('a path that begins with another adds nothing to it, in either order', (t) => {
  t.is(chosen(SERVERS, ['m'], ['m', 'one', 'command']), SERVERS);
  t.is(chosen(SERVERS, ['m', 'one', 'command'], ['m']), SERVERS);
});

test('a name is taken as it is: dots in it lead nowhere', (t) => {
  t.is(chosen('"a.b" = 1\n[a]\nb = 2\n', ['a.b']), '"a.b" = 1\n');
});

test('a value on the way that is no table is kept, since it hides what lies below it', (t) => {
  t.is(chosen('m = "v"', ['m', 'one', 'command']), 'm = "v"\n');
  t.is(chosen('m = [{ a = 1 }]', ['m', '0', 'a']), '[[m]]\na = 1\n');
});

test('a table of which nothing was chosen stays as an empty one', (t) => {
  t.is(chosen('[m.n]\na = 1', ['m', 'n', 'b']), '[m.n]\n');
  t.is(chosen('[m]', ['m']), '[m]\n');
});

test('nothing is chosen where nothing of it is there', (t) => {
  t.is(chosen(SERVERS, ['x']), undefined);
  t.is(chosen('', ['m']), undefined);
  t.is(chosen('a = 1', ['__proto__'], ['constructor']), undefined);
});
