import type { FileScenario } from './file-scenario.js';
import { keepsLineEndings, type Release } from './releases.js';
import { applyPatch, type ToolOutput } from './script.js';
import type { Tree } from './tree.js';

/** Patches of every kind, each on files of its own: one session shows them all. */
export function patchScenario(release: Release): FileScenario {
  const patches = patchesOf(release);
  return {
    title: `patches files in ${patches.length} ways`,
    files: merged(patches.map(({ before }) => before)),
    calls: patches.map(({ hunks }) => applyPatch(...hunks)),
    check(t, { folder, outputs, files }) {
      for (const [index, { what, told }] of patches.entries()) t.is(essence(outputs[index]!), told(folder), what);
      t.deepEqual(files, merged(patches.map(({ after }) => after)));
    },
  };
}

interface Patch {
  readonly what: string;
  readonly before: Tree;
  readonly hunks: readonly string[];
  /** What the model reads of it; errors name the file by its whole path. */
  readonly told: (folder: string) => string;
  readonly after: Tree;
}

const ABC = 'a\nb\nc\n';
const A_CHANGED_C = 'a\nchanged\nc\n';
const CHANGE_B = ['@@', '-b', '+changed'];
const ODD_NAME = 'with spaces, ünïcødé ✓, 100%25 #?.txt';

const patchesOf = (release: Release): readonly Patch[] => [
  {
    what: 'a new file in folders that do not exist',
    before: {},
    hunks: ['*** Add File: new/folder/added.txt', '+one', '+two'],
    told: success('A new/folder/added.txt'),
    after: { 'new/folder/added.txt': 'one\ntwo\n' },
  },
  {
    what: 'a new file in the place of an old one',
    before: { 'replaced.txt': ABC },
    hunks: ['*** Add File: replaced.txt', '+new'],
    told: success('A replaced.txt'),
    after: { 'replaced.txt': 'new\n' },
  },
  {
    what: 'an update',
    before: { 'updated.txt': ABC },
    hunks: ['*** Update File: updated.txt', ...CHANGE_B],
    told: success('M updated.txt'),
    after: { 'updated.txt': A_CHANGED_C },
  },
  {
    what: 'a move with an update, to a folder that does not exist',
    before: { 'moved.txt': ABC },
    hunks: ['*** Update File: moved.txt', '*** Move to: elsewhere/moved to.txt', ...CHANGE_B],
    told: success('M elsewhere/moved to.txt'),
    after: { 'elsewhere/moved to.txt': A_CHANGED_C },
  },
  {
    what: 'a delete',
    before: { 'deleted.txt': ABC },
    hunks: ['*** Delete File: deleted.txt'],
    told: success('D deleted.txt'),
    after: {},
  },
  {
    what: 'several files in one patch',
    before: { 'several/2.txt': ABC, 'several/3.txt': ABC },
    hunks: [
      '*** Add File: several/1.txt',
      '+new',
      '*** Update File: several/2.txt',
      ...CHANGE_B,
      '*** Delete File: several/3.txt',
    ],
    told: success('A several/1.txt', 'M several/2.txt', 'D several/3.txt'),
    after: { 'several/1.txt': 'new\n', 'several/2.txt': A_CHANGED_C },
  },
  {
    what: 'a file with an odd name',
    before: { [ODD_NAME]: ABC },
    hunks: [`*** Update File: ${ODD_NAME}`, ...CHANGE_B],
    told: success(`M ${ODD_NAME}`),
    after: { [ODD_NAME]: A_CHANGED_C },
  },
  {
    what: 'a file with line endings of Windows',
    before: { 'crlf.txt': 'a\r\nb\r\nc\r\n' },
    hunks: ['*** Update File: crlf.txt', ...CHANGE_B],
    told: success('M crlf.txt'),
    after: { 'crlf.txt': keepsLineEndings(release) ? 'a\r\nchanged\r\nc\r\n' : 'a\r\nchanged\nc\r\n' },
  },
  {
    what: 'an executable file',
    before: { 'script.sh': { mode: 0o750, text: ABC } },
    hunks: ['*** Update File: script.sh', ...CHANGE_B],
    told: success('M script.sh'),
    after: { 'script.sh': { mode: 0o750, text: A_CHANGED_C } },
  },
  {
    what: 'a file behind a symbolic link',
    before: { 'behind.txt': ABC, 'link.txt': { link: 'behind.txt' } },
    hunks: ['*** Update File: link.txt', ...CHANGE_B],
    told: success('M link.txt'),
    after: { 'behind.txt': A_CHANGED_C, 'link.txt': { link: 'behind.txt' } },
  },
  {
    what: 'a symbolic link that is deleted',
    before: { 'kept.txt': ABC, 'gone.txt': { link: 'kept.txt' } },
    hunks: ['*** Delete File: gone.txt'],
    told: success('D gone.txt'),
    after: { 'kept.txt': ABC },
  },
  {
    what: 'a patch that does not apply, whose other part is not done either',
    before: { 'unfit.txt': ABC },
    hunks: ['*** Add File: never.txt', '+new', '*** Update File: unfit.txt', '@@', '-not there', '+changed'],
    told: (folder) => refusal(`Failed to find expected lines in ${folder}/unfit.txt:\nnot there`),
    after: { 'unfit.txt': ABC },
  },
  {
    what: 'an update of what does not exist',
    before: {},
    hunks: ['*** Update File: missing.txt', ...CHANGE_B],
    told: (folder) => refusal(`Failed to read file to update ${folder}/missing.txt: ${NOT_FOUND}`),
    after: {},
  },
  {
    what: 'a delete of what does not exist',
    before: {},
    hunks: ['*** Delete File: missing.txt'],
    told: (folder) => refusal(`Failed to read ${folder}/missing.txt: ${NOT_FOUND}`),
    after: {},
  },
  {
    what: 'an update of a folder',
    before: { 'folder/file.txt': ABC },
    hunks: ['*** Update File: folder', ...CHANGE_B],
    told: (folder) =>
      refusal(`Failed to read file to update ${folder}/folder: path \`${folder}/folder\` is not a file`),
    after: { 'folder/file.txt': ABC },
  },
];

const NOT_FOUND = 'No such file or directory (os error 2)';
const success =
  (...files: readonly string[]) =>
  (): string =>
    `Success. Updated the following files:\n${files.map((file) => `${file}\n`).join('')}`;
const refusal = (reason: string): string => `apply_patch verification failed: ${reason}`;

/** The output without its heads, which tell exit code and time in two layers. A refusal has none. */
const essence = (output: ToolOutput): ToolOutput =>
  typeof output === 'string' ? output.replace(/^.*\nOutput:\n/s, '') : output;

const merged = (trees: readonly Tree[]): Tree => Object.assign({}, ...trees);
