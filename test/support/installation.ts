/**
 * Where other users run this checkout: where it is, or in a copy, for it may be in a place of ours alone, as may Node. What runs as
 * another user in a test is started from here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { constants, copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export class Installation {
  /** The program of Node. */
  readonly node: string;
  /** The folder of package.json. */
  readonly root: string;

  constructor(node: string, root: string) {
    this.node = node;
    this.root = root;
  }

  /** Where this installation has a file of this checkout. What is no part of it is where it is. */
  at(path: string): string {
    const within = relative(OURS.root, path);
    return within.startsWith('..') ? path : join(this.root, within);
  }

  /** What programs of it need: their code, that of tests that run by themselves, and the packages of those who only use it. */
  parts(): readonly string[] {
    return ['package.json', 'dist', 'build/test', ...packages(this.root)].filter((part) =>
      existsSync(join(this.root, part)),
    );
  }

  /** Whether this user can run Node, and read all parts. */
  canBeUsedBy(uid: number): boolean {
    const parts = this.parts().map((part) => join(this.root, part));
    return spawnSync(this.node, ['--eval', READ_ALL, ...parts], { uid, gid: uid, cwd: '/' }).status === 0;
  }

  /** A copy that everybody can use; gone when this thread ends. */
  copy(): Installation {
    const root = mkdtempSync(join(tmpdir(), 'farhand-installation-'));
    process.once('exit', () => rmSync(root, { recursive: true, force: true }));
    for (const part of this.parts()) {
      const filter = (source: string) => !source.includes('/prebuilds/win32-');
      cpSync(join(this.root, part), join(root, part), { recursive: true, verbatimSymlinks: true, filter });
    }
    const node = join(root, 'node');
    copyFileSync(this.node, node, constants.COPYFILE_FICLONE);
    execFileSync('chmod', ['-R', 'a+rX,go-w', root]);
    return new Installation(node, root);
  }
}

/** Fails at the first thing that cannot be read. */
const READ_ALL = `
  const { accessSync, constants, readdirSync, statSync } = require('node:fs');
  for (const part of process.argv.slice(1)) {
    const names = statSync(part).isDirectory() ? readdirSync(part, { recursive: true }) : [];
    for (const path of [part, ...names.map((name) => part + '/' + name)]) accessSync(path, constants.R_OK);
  }
`;

/** The installed packages that a package depends on, in all ways but for its development, as paths below `root`. */
function packages(root: string, of = '', found = new Set<string>()): ReadonlySet<string> {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, of, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const places = [join(of, 'node_modules', name), join('node_modules', name)];
    const place = places.find((path) => existsSync(join(root, path)));
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    packages(root, place, found);
  }
  return found;
}

const OURS = new Installation(process.execPath, fileURLToPath(new URL('../../..', import.meta.url)));
const known = new Map<number, Installation>();
let shared: Installation | undefined;

/** For a user, be it ourselves; the copy is made once for all who need one. Throws when there is none that this user can use. */
export function installationFor(uid = process.getuid?.()): Installation {
  if (uid === undefined || uid === process.getuid?.()) return OURS;
  const installation = known.get(uid) ?? firstThatServes(uid);
  known.set(uid, installation);
  return installation;
}

function firstThatServes(uid: number): Installation {
  if (OURS.canBeUsedBy(uid)) return OURS;
  shared ??= OURS.copy();
  if (shared.canBeUsedBy(uid)) return shared;
  throw new Error(`user ${uid} can use neither ${OURS.root} nor its copy ${shared.root}: is TMPDIR for others, too?`);
}
