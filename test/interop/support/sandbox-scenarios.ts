import type { Confinement } from './codex-exec.js';
import { READ_ONLY, SCOPED, workspaceWrite } from './confinements.js';
import type { FileScenario } from './file-scenario.js';
import { CURRENT_RELEASE, namesWorkspaces, type Release } from './releases.js';
import { applyPatch, type ExecCommandOptions, execCommand, type ToolCall, type ToolOutput } from './script.js';
import type { Tree } from './tree.js';

/** What the client's settings let its model do. `nameless`: as `writing`, by a client that does not name the workspace to commands. */
type Mode = 'reading' | 'writing' | 'nameless' | 'networking' | 'scoped';

const FILES: Tree = {
  'work/f.txt': 'a\nb\nc\n',
  'work/moved.txt': 'a\nb\nc\n',
  'work/gone.txt': 'gone\n',
  'work/secret.txt': 'secret\n',
  'work/sub/deep.key': 'key\n',
  'work/.git/HEAD': 'ref: refs/heads/main\n',
  'work/link': { link: '../outside' },
  'extra/old.txt': 'extra\n',
  'outside/old.txt': 'outside\n',
};

/** One thing that a model tries, and what it is told of it: in this mode, or in all that are not named. */
interface Attempt {
  readonly call: ToolCall;
  readonly told: Partial<Record<Mode | 'otherwise', string>>;
}

const command = (text: string, options: ExecCommandOptions = {}): ToolCall =>
  // One stream: nobody promises in which order those of two come.
  execCommand(`exec 2>&1; ${text}`, options);

const PLACES = 'new.txt sub/new.txt ../extra/new.txt ../outside/new.txt link/new.txt .git/HEAD .git/new';
const places = (answers: Readonly<Record<string, string>>): string =>
  `3: ${PLACES.split(' ')
    .map((place) => (answers[place] === '' ? place : `/bin/bash: line 1: ${place}: ${answers[place] ?? READ_ONLY_FS}`))
    .join('\n')}\n`;
const READ_ONLY_FS = 'Read-only file system';
const ABSENT = 'No such file or directory';
const IN_WORK = { 'new.txt': '', 'sub/new.txt': '' };

const IMMUTABLE = [
  'mkdir: cannot create directory ‘.codex’: Read-only file system',
  'mkdir: cannot create directory ‘.agents’: Read-only file system',
  "mv: cannot move '.git' to 'git': Read-only file system",
  "rm: cannot remove '.git/HEAD': Read-only file system",
  "stat: cannot statx '.codex': No such file or directory",
  "stat: cannot statx '.agents': No such file or directory",
];
const PROTECTED = [
  'mkdir: cannot create directory ‘.codex’: File exists',
  'mkdir: cannot create directory ‘.agents’: File exists',
  "mv: cannot move '.git' to 'git': Device or resource busy",
  "rm: cannot remove '.git/HEAD': Read-only file system",
  'dr-xr-xr-x .codex',
  'dr-xr-xr-x .agents',
];
const LISTED = 'f.txt\ngone.txt\nlink\nmoved.txt\n';

const success = (file: string): string => `0: Success. Updated the following files:\n${file}\n`;
const ADDED = success('A ../extra/added.txt');
const BLOCKED = 'patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings';
const OUTSIDE = 'patch rejected: writing outside of the project; rejected by user approval settings';
const unread = (place: string, reason: string): string =>
  `apply_patch verification failed: Failed to read file to update FOLDER/${place}: ${reason}`;

const ATTEMPTS: readonly Attempt[] = [
  {
    call: command(`for f in ${PLACES}; do echo new >$f && echo $f; done; exit 3`),
    told: {
      reading: places({}),
      writing: places({ ...IN_WORK, '../extra/new.txt': '' }),
      nameless: places({ '../extra/new.txt': '' }),
      networking: places(IN_WORK),
      scoped: places({
        ...IN_WORK,
        '../extra/new.txt': ABSENT,
        '../outside/new.txt': ABSENT,
        'link/new.txt': ABSENT,
      }),
    },
  },
  {
    call: command(`mkdir .codex .agents; mv .git git; rm -r .git; stat -c '%A %n' .codex .agents`),
    told: {
      reading: `1: ${IMMUTABLE.join('\n')}\n`,
      nameless: `1: ${IMMUTABLE.join('\n')}\n`,
      otherwise: `0: ${PROTECTED.join('\n')}\n`,
    },
  },
  {
    call: command('cat secret.txt sub/deep.key link/old.txt; ls'),
    told: {
      reading: `0: secret\nkey\noutside\n${LISTED}secret.txt\nsub\n`,
      nameless: `0: secret\nkey\noutside\n${LISTED}secret.txt\nsub\n`,
      scoped:
        '0: cat: secret.txt: Permission denied\ncat: sub/deep.key: Permission denied\n' +
        `cat: link/old.txt: No such file or directory\n${LISTED}new.txt\nsecret.txt\nsub\n`,
      otherwise: `0: secret\nkey\noutside\n${LISTED}new.txt\nsecret.txt\nsub\n`,
    },
  },
  {
    call: command('f=$(mktemp) && echo temporary >$f && cat $f && rm $f'),
    told: {
      writing: '0: temporary\n',
      nameless: '0: temporary\n',
      scoped: `1: mktemp: failed to create file via template ‘/tmp/tmp.XXXXXXXXXX’: ${ABSENT}\n`,
      otherwise: `1: mktemp: failed to create file via template ‘/tmp/tmp.XXXXXXXXXX’: ${READ_ONLY_FS}\n`,
    },
  },
  {
    // Nobody listens there.
    call: command('exec 3<>/dev/tcp/127.0.0.1/1'),
    told: {
      networking:
        '1: /bin/bash: connect: Connection refused\n/bin/bash: line 1: /dev/tcp/127.0.0.1/1: Connection refused\n',
      otherwise:
        '1: /bin/bash: socket: Operation not permitted\n' +
        '/bin/bash: line 1: /dev/tcp/127.0.0.1/1: Operation not permitted\n',
    },
  },
  {
    call: command('stty size; echo new >../outside/new.txt', { tty: true }),
    told: {
      scoped: `1: 24 80\r\n/bin/bash: line 1: ../outside/new.txt: ${ABSENT}\r\n`,
      otherwise: `1: 24 80\r\n/bin/bash: line 1: ../outside/new.txt: ${READ_ONLY_FS}\r\n`,
    },
  },
  { call: command(`seq -f '%015.0f....' 1 10000`, { maxOutputTokens: 100 }), told: {} },
  { call: command('env | sort; umask; id; pwd'), told: {} },
  { call: command('echo killed; kill -KILL $$'), told: { otherwise: '137: killed\n' } },
  {
    call: applyPatch('*** Add File: added.txt', '+new'),
    told: { reading: BLOCKED, otherwise: success('A added.txt') },
  },
  {
    call: applyPatch('*** Update File: f.txt', '@@', '-b', '+changed'),
    told: { reading: BLOCKED, otherwise: success('M f.txt') },
  },
  {
    call: applyPatch('*** Update File: moved.txt', '*** Move to: new folder/moved.txt', '@@', '-b', '+changed'),
    told: { reading: BLOCKED, otherwise: success('M new folder/moved.txt') },
  },
  {
    call: applyPatch('*** Delete File: gone.txt'),
    told: { reading: BLOCKED, otherwise: success('D gone.txt') },
  },
  {
    call: applyPatch('*** Add File: ../extra/added.txt', '+new'),
    told: { reading: BLOCKED, writing: ADDED, nameless: ADDED, otherwise: OUTSIDE },
  },
  {
    call: applyPatch('*** Update File: ../extra/old.txt', '@@', '-extra', '+changed'),
    told: {
      reading: BLOCKED,
      networking: OUTSIDE,
      scoped: unread('extra/old.txt', `${ABSENT} (os error 2)`),
      otherwise: success('M ../extra/old.txt'),
    },
  },
  {
    call: applyPatch('*** Add File: ../outside/added.txt', '+new'),
    told: { reading: BLOCKED, otherwise: OUTSIDE },
  },
  {
    // The client does not know of the link: here it is the executor who refuses.
    call: applyPatch('*** Add File: link/added.txt', '+new'),
    told: {
      reading: BLOCKED,
      scoped: '1: Failed to create parent directories for FOLDER/work/link/added.txt\n',
      otherwise: '1: Failed to write file FOLDER/work/link/added.txt\n',
    },
  },
  {
    call: applyPatch('*** Update File: secret.txt', '@@', '-secret', '+changed'),
    told: {
      reading: BLOCKED,
      scoped: unread('work/secret.txt', 'Permission denied (os error 13)'),
      otherwise: success('M secret.txt'),
    },
  },
  {
    call: applyPatch('*** Add File: .git/hooks/pre-commit', '+new'),
    told: { reading: BLOCKED, otherwise: OUTSIDE },
  },
];

const { 'work/moved.txt': _moved, 'work/gone.txt': _gone, ...kept } = FILES;
const WRITTEN: Tree = {
  ...kept,
  'work/new.txt': 'new\n',
  'work/sub/new.txt': 'new\n',
  'work/added.txt': 'new\n',
  'work/f.txt': 'a\nchanged\nc\n',
  'work/new folder/moved.txt': 'a\nchanged\nc\n',
};
const CHANGED_SECRET: Tree = { ...WRITTEN, 'work/secret.txt': 'changed\n' };

const scenario = (
  title: string,
  mode: Mode,
  confinement: (folder: string) => Confinement,
  after: Tree,
): FileScenario => ({
  title,
  files: FILES,
  cwd: 'work',
  confinement,
  calls: ATTEMPTS.map(({ call }) => call),
  check(t, { folder, outputs, files, emptyFolders }) {
    for (const [index, { call, told }] of ATTEMPTS.entries()) {
      const expected = told[mode] ?? told.otherwise;
      if (expected === undefined) continue;
      t.is(essence(outputs[index]!).replaceAll(folder, 'FOLDER'), expected, String(call.arguments.cmd));
    }
    t.deepEqual(files, after);
    t.deepEqual(emptyFolders, []);
  },
});

/** `CODE: OUTPUT` of a command or a patch; all that is told of what the client refused. */
function essence(output: ToolOutput): string {
  const [, head = '', rest] = /^(.*\nOutput:\n)(.*)$/s.exec(String(output)) ?? [];
  if (rest === undefined) return String(output);
  const [, code] = /(?:exited with code|Exit code:) (\d+)/.exec(head) ?? [];
  return `${code}: ${rest}`;
}

const withExtraRoot = (folder: string): Confinement => workspaceWrite(`writable_roots = ["${folder}/extra"]`);
const IN_EXTRA: Tree = { 'extra/new.txt': 'new\n', 'extra/added.txt': 'new\n', 'extra/old.txt': 'changed\n' };

export const writingScenario = scenario(
  'may write in its workspace, in another root and in /tmp',
  'writing',
  withExtraRoot,
  {
    ...CHANGED_SECRET,
    ...IN_EXTRA,
  },
);

const { 'work/new.txt': _new, 'work/sub/new.txt': _newInSub, ...patched } = CHANGED_SECRET;
const nameless = scenario('may patch its workspace, and write in another root and in /tmp', 'nameless', withExtraRoot, {
  ...patched,
  ...IN_EXTRA,
});

/** A model that tries everywhere what it may not do: in each mode the same, in one session. */
export const sandboxScenarios = (release: Release): readonly FileScenario[] => {
  if (release !== CURRENT_RELEASE) return [namesWorkspaces(release) ? writingScenario : nameless];
  return [
    scenario('may only read', 'reading', () => READ_ONLY, FILES),
    writingScenario,
    scenario(
      'may write in its workspace alone and use the network',
      'networking',
      () => workspaceWrite('network_access = true\nexclude_slash_tmp = true'),
      CHANGED_SECRET,
    ),
    scenario('has nothing but the system and a workspace with secrets', 'scoped', () => SCOPED, WRITTEN),
  ];
};
