import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { findBubblewrap } from '#src/bubblewrap/find.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

/** A folder with folders that hold a `bwrap` each. */
class Places extends TemporaryFolder {
  add(name: string, { mode = 0o755, above = 0o755 } = {}): string {
    const path = this.file(`${name}/bwrap`);
    mkdirSync(dirname(path), { recursive: true });
    this.write(`${name}/bwrap`, '');
    chmodSync(path, mode);
    chmodSync(dirname(path), above);
    return path;
  }
}

const inPath = (...paths: string[]) => ({ PATH: paths.map(dirname).join(':') });

test('the usual places come first, in their order', async (t) => {
  using places = new Places();
  const [first, second, third] = ['a', 'b', 'c'].map((name) => places.add(name));
  t.deepEqual(await findBubblewrap(inPath(third!), ['/no/bwrap', first!, second!]), { path: first });
});

test('what the operator chose comes before them', async (t) => {
  using places = new Places();
  const [chosen, usual] = ['a', 'b'].map((name) => places.add(name));
  t.deepEqual(await findBubblewrap({ FARHAND_BWRAP: chosen }, [usual!]), { path: chosen });
});

test('what the operator chose and is not there is not replaced by another', async (t) => {
  using places = new Places();
  const usual = places.add('a');
  const still = places.add('b', { mode: 0o644 });
  for (const chosen of ['/no/bwrap', dirname(usual), ...(process.getuid!() === 0 ? [still] : [])]) {
    const found = await findBubblewrap({ FARHAND_BWRAP: chosen }, [usual]);
    t.like(found, { problem: `FARHAND_BWRAP names \`${chosen}\`, where no program is` });
  }
  t.like(await findBubblewrap({ FARHAND_BWRAP: 'bwrap', ...inPath(usual) }, [usual]), {
    problem: 'FARHAND_BWRAP must be an absolute path, not `bwrap`',
  });
});

test('an empty choice is none', async (t) => {
  using places = new Places();
  const usual = places.add('a');
  t.deepEqual(await findBubblewrap({ FARHAND_BWRAP: '' }, [usual]), { path: usual });
});

test('of PATH the first counts that nobody else can replace', async (t) => {
  using places = new Places();
  const paths = [
    places.add('writable-folder', { above: 0o777 }),
    places.add('group-folder', { above: 0o775 }),
    places.add('writable-program', { mode: 0o757 }),
    places.add('no-program', { mode: 0o644 }),
    places.add('ours'),
    places.add('later'),
  ];
  t.deepEqual(await findBubblewrap(inPath('bin/bwrap', './bwrap', ...paths), []), { path: paths[4] });
});

test('a link in PATH is judged by where it leads', async (t) => {
  using places = new Places();
  const [open, ours] = [places.add('open', { above: 0o777 }), places.add('ours')];
  symlinkSync(dirname(open), places.file('to-open'));
  symlinkSync(dirname(ours), places.file('to-ours'));
  const environment = { PATH: `${places.file('to-open')}:${places.file('to-ours')}` };
  t.deepEqual(await findBubblewrap(environment, []), { path: places.file('to-ours/bwrap') });
});

test('a folder in which everybody may make files is safe if it is sticky', async (t) => {
  using places = new Places();
  const path = places.add('sticky', { above: 0o1777 });
  t.deepEqual(await findBubblewrap(inPath(path), []), { path });
});

(process.getuid!() === 0 ? test : test.skip)('what belongs to another user is not taken', async (t) => {
  using places = new Places();
  const [program, folder] = [places.add('their-program'), places.add('their-folder')];
  chownSync(program, 65_534, 65_534);
  chownSync(dirname(folder), 65_534, 65_534);
  t.like(await findBubblewrap(inPath(program, folder), []), { problem: 'bubblewrap (bwrap) is not installed' });
});

test('where there is none, it says how to get it', async (t) => {
  for (const environment of [{}, { PATH: '' }, { PATH: '/no/where' }]) {
    t.deepEqual(await findBubblewrap(environment, ['/no/bwrap']), {
      problem: 'bubblewrap (bwrap) is not installed',
      remedy: 'install it, on Debian and Ubuntu with `apt-get install bubblewrap`',
    });
  }
});
