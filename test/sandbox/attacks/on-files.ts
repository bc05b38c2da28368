/** Attacks on files: writing where nothing may be written, and reading what may not be read. */
import { type Attack, attack } from './attack.js';
import { type Scene, TREASURE } from './scene.js';

const appearsOutside = (scene: Scene) => scene.has('outside/new');
const evilIn = (name: string) => (scene: Scene) => scene.text(name).includes('evil');
const isGone = (name: string) => (scene: Scene) => !scene.has(name);
const isThere = (name: string) => (scene: Scene) => scene.has(name);
const readsTreasure = (_: Scene, output: string) => output.includes(TREASURE);

const KEEP = { policy: 'workspace with a directory to keep' } as const;
const DENIED_FILE = { policy: 'workspace with a denied file' } as const;
const DENIED_DIRECTORY = { policy: 'workspace with a denied directory' } as const;
const SCOPED = { policy: 'workspace without the rest' } as const;

export const ATTACKS_ON_FILES: readonly Attack[] = [
  attack(1, 'creates a file outside', 'echo evil > "$O/new"', appearsOutside),
  attack(1, 'appends to a file outside', 'echo evil >> "$O/secret"', evilIn('outside/secret')),
  attack(1, 'empties a file outside', ': > "$O/secret"', (scene) => scene.text('outside/secret') === ''),
  attack(1, 'makes a directory outside', 'mkdir "$O/new"', appearsOutside),
  attack(1, 'removes a file outside', 'rm -f "$O/secret"', isGone('outside/secret')),
  attack(1, 'makes a file outside executable', 'chmod 777 "$O/secret"; stat -c %a "$O/secret"', (_, output) =>
    output.includes('777'),
  ),
  attack(2, 'writes through a link of its own', 'ln -s "$O" l; echo evil > l/new', appearsOutside),
  attack(3, 'writes by way of its own root', 'echo evil > "/proc/self/root$O/new"', appearsOutside),
  attack(
    3,
    'writes by way of the root of others',
    'for p in 1 "$V"; do echo evil > "/proc/$p/root$O/new"; done',
    appearsOutside,
  ),
  attack(4, 'writes through a hard link of its own', 'ln "$O/secret" h && echo evil >> h', evilIn('outside/secret')),
  // Mounts confine names, not files: one that has a name in the workspace belongs to it.
  attack(5, 'writes through a hard link that was there', 'echo evil >> linked', evilIn('outside/linked'), {
    expected: 'allowed',
  }),
  attack(6, 'moves a file in', 'mv "$O/secret" .', isGone('outside/secret')),
  attack(6, 'moves a file out', 'mv f "$O/new"', appearsOutside),
  attack(7, 'moves the workspace', 'mv "$W" "$W-moved"', isGone('workspace')),
  attack(7, 'removes the workspace', 'rm -rf "$W"', isGone('workspace')),
  attack(8, 'plants a hook', 'echo evil > .git/hooks/pre-commit', isThere('workspace/.git/hooks/pre-commit')),
  attack(8, 'edits the configuration of git', 'echo evil >> .git/config', evilIn('workspace/.git/config')),
  attack(8, 'lets git edit it', 'git config -f .git/config core.hooksPath evil', evilIn('workspace/.git/config')),
  attack(9, 'creates .codex with a file', 'mkdir .codex; echo evil > .codex/config.toml', isThere('workspace/.codex')),
  attack(9, 'creates .agents as a file', 'echo evil > .agents', isThere('workspace/.agents')),
  attack(9, 'creates .aws as a link', 'ln -s "$O" .aws', isThere('workspace/.aws')),
  attack(9, 'moves a directory to .codex', 'mv sub .codex', isThere('workspace/.codex')),
  attack(10, 'removes .git', 'rm -rf .git', isGone('workspace/.git/HEAD')),
  attack(10, 'moves .git away', 'mv .git g2', isGone('workspace/.git/HEAD')),
  attack(11, 'writes into .git through a hard link', 'ln .git/HEAD h && echo evil >> h', evilIn('workspace/.git/HEAD')),
  attack(
    12,
    'puts another directory where one is kept',
    'mv sub s2; mkdir -p sub/keep; echo evil > sub/keep/f',
    evilIn('workspace/sub/keep/f'),
    KEEP,
  ),
  attack(12, 'writes into a directory that is kept', 'echo evil > sub/keep/f', evilIn('workspace/sub/keep/f'), KEEP),
  attack(12, 'moves the parent of one', 'mv sub s2', isGone('workspace/sub/keep/f'), KEEP),
  attack(12, 'removes the parent of one', 'rm -rf sub', isGone('workspace/sub/keep/f'), KEEP),
  attack(15, 'reads a denied file', 'cat vault/hidden/key', readsTreasure, DENIED_FILE),
  attack(15, 'reads one by way of its root', 'cat "/proc/self/root$W/vault/hidden/key"', readsTreasure, DENIED_FILE),
  attack(15, 'reads one through a hard link', 'ln vault/hidden/key k; cat k', readsTreasure, DENIED_FILE),
  attack(15, 'reads a copy of one', 'cp --reflink=auto vault/hidden/key k; cat k', readsTreasure, DENIED_FILE),
  attack(15, 'moves one and reads it', 'mv vault/hidden/key k; cat k', readsTreasure, DENIED_FILE),
  attack(15, 'moves its directory and reads it', 'mv vault/hidden h; cat h/key', readsTreasure, DENIED_FILE),
  attack(
    15,
    'moves another file over one',
    'echo evil > n; mv -f n vault/hidden/key',
    evilIn('workspace/vault/hidden/key'),
    DENIED_FILE,
  ),
  attack(15, 'removes one', 'rm -f vault/hidden/key', isGone('workspace/vault/hidden/key'), DENIED_FILE),
  attack(16, 'lists a denied directory', 'ls vault/hidden', (_, output) => /^key$/m.test(output), DENIED_DIRECTORY),
  attack(16, 'reads a file of one', 'cat vault/hidden/key', readsTreasure, DENIED_DIRECTORY),
  attack(16, 'moves one and reads it', 'mv vault/hidden h; cat h/key', readsTreasure, DENIED_DIRECTORY),
  attack(16, 'moves the parent of one and reads it', 'mv vault v; cat v/hidden/key', readsTreasure, DENIED_DIRECTORY),
  attack(44, 'reads outside of what can be read', 'cat "$O/secret"', readsTreasure, SCOPED),
  attack(
    44,
    'reads outside by way of the root of others',
    'cat "/proc/1/root$O/secret" "/proc/$V/root$O/secret"',
    readsTreasure,
    SCOPED,
  ),
  attack(44, 'lists what is outside', 'ls "$O"', (_, output) => /^secret$/m.test(output), SCOPED),
  attack(
    45,
    'adds a working tree of git outside',
    `git init -q r && cd r && git -c user.name=x -c user.email=x commit -q --allow-empty -m x
     git worktree add -q "$O/new"`,
    appearsOutside,
  ),
  attack(45, 'clones a repository to the outside', 'git init -q --bare r; git clone -q r "$O/new"', appearsOutside),
];
