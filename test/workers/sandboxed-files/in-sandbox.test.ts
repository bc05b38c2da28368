/** The helper where it is meant to be: under a policy that shows it nothing but its folder, its own program and what that needs. */
import { closeSync, constants, existsSync, lstatSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { INTERNAL_ERROR, NOT_FOUND } from '#src/protocol/errors.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { bwrapArguments, encodeOptions, SANDBOX_DESCRIPTORS } from '#src/sandbox/bwrap-arguments.js';
import { planMounts } from '#src/sandbox/mount-plan.js';
import type { ConfinedPolicy } from '#src/sandbox/policy.js';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { HELPER_COMMAND, helperNeeds } from '#src/sandboxed-files/helper-needs.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { realDisk } from '#workers/sandbox/disk.js';
import { type Answer, HelperProcess } from './support/helper-process.js';

const O_PATH = 0o10000000;
const ABSENT = { code: NOT_FOUND, message: 'No such file or directory (os error 2)' };
const READ_ONLY = { code: INTERNAL_ERROR, message: 'Read-only file system (os error 30)' };

const outcomeOf = (answer: Answer) => ('fault' in answer ? answer.fault : answer.done);

/** `scratch` is for the launch, and not seen inside. */
function sandboxedHelper(policy: ConfinedPolicy, scratch: TemporaryFolder): HelperProcess {
  const facts = { kept: [], secrets: [], needs: helperNeeds(), remembered: new Set<string>(), ownProcesses: true };
  const plan = planMounts(policy, realDisk, { ...facts, placeholders: new Set() });
  const options = bwrapArguments(plan, {
    network: 'restricted',
    keepsSession: false,
    directory: '/',
    environment: [['PATH', '/usr/bin:/bin']],
    command: HELPER_COMMAND,
    bindsDescriptors: true,
  });
  writeFileSync(scratch.file('filter'), seccompFilter(process.arch as 'x64' | 'arm64', 'restricted'));
  writeFileSync(scratch.file('options'), encodeOptions(options));
  const descriptors = [
    openSync(scratch.file('filter'), constants.O_RDONLY),
    openSync('/dev/null', constants.O_RDONLY),
    openSync(scratch.file('options'), constants.O_RDONLY),
    openSync(scratch.file('status'), constants.O_WRONLY | constants.O_CREAT),
    ...plan.openings.map(({ path }) => openSync(path, O_PATH | constants.O_NOFOLLOW)),
  ];
  try {
    const words = ['/usr/bin/env', 'bwrap', '--args', String(SANDBOX_DESCRIPTORS.options), '--', ...HELPER_COMMAND];
    return new HelperProcess(words, descriptors);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

const sandboxed = canSandbox ? test : test.skip;

for (const platform of [false, true]) {
  sandboxed(
    `it sees and changes what its policy gives it, and nothing else; system directories: ${platform}`,
    async (t) => {
      using folder = new TemporaryFolder();
      using outside = new TemporaryFolder();
      using scratch = new TemporaryFolder();
      outside.write('secret', 'text');
      symlinkSync(outside.path, folder.file('link'));
      const policy: ConfinedPolicy = {
        kind: 'confined',
        rules: [{ path: folder.path, access: 'write' }],
        platform,
        globs: [],
        globDepth: undefined,
        network: 'restricted',
      };
      await using helper = sandboxedHelper(policy, scratch);
      const place = (path: string) => ({ path, followSymlinks: true });
      const bytes = Buffer.from('text');

      t.is(outcomeOf(await helper.ask('writeFile', { ...place(folder.file('file')), bytes })), null);
      t.is(folder.read('file'), 'text');
      t.is(outcomeOf(await helper.ask('createDirectory', { ...place(folder.file('a/b')), recursive: true })), null);
      t.true(lstatSync(folder.file('a/b')).isDirectory());
      const opened = outcomeOf(await helper.ask('openFile', { path: folder.file('file'), mode: 'read' })) as {
        fd: number;
      };
      t.is(
        (await helper.ask('readBlock', { ...opened, offset: 0, length: 9 })).text,
        '{"chunk":"dGV4dA==","eof":true}',
      );
      const copy = { source: folder.file('file'), destination: folder.file('a/copy'), recursive: true };
      t.is(outcomeOf(await helper.ask('copy', copy)), null);
      t.is(folder.read('a/copy'), 'text');
      t.is(outcomeOf(await helper.ask('remove', { ...place(folder.file('a')), recursive: true, force: false })), null);
      t.false(existsSync(folder.file('a')));
      const plain = { path: folder.file('x'), followSymlinks: false, bytes };
      t.is(outcomeOf(await helper.ask('writeFile', plain)), null);

      const limits = { maxDepth: 5, maxDirectories: 50, maxEntries: 50 };
      const flags = { followDirectorySymlinks: true, pruneHiddenDirectories: false };
      const walked = await helper.ask('walk', { root: fileUri(folder.path), limits: { ...limits, ...flags } });
      t.deepEqual(
        JSON.parse(walked.text!).entries.map(({ path }: { path: string }) => path),
        ['.agents', '.aws', '.codex', '.git', 'file', 'x'].map((name) => fileUri(folder.file(name))),
      );
      const roots = [{ id: 'r', path: fileUri(outside.path), refusal: null }];
      t.regex((await helper.ask('discoverRoots', { roots, limitBytes: 10_000 })).text!, /failed to inspect/);

      for (const path of [outside.file('secret'), folder.file('link/secret'), '/root']) {
        t.deepEqual(outcomeOf(await helper.ask('getMetadata', place(path))), ABSENT, path);
      }
      t.deepEqual(outcomeOf(await helper.ask('writeFile', { ...place('/new'), bytes })), READ_ONLY);
      t.deepEqual(outcomeOf(await helper.ask('writeFile', { ...place(folder.file('.git/x')), bytes })), READ_ONLY);
      const root = { ...place(folder.path), recursive: true, force: false };
      t.like(outcomeOf(await helper.ask('remove', root)), { code: INTERNAL_ERROR });

      helper.process.stdin.end();
      t.deepEqual(await helper.ended, { code: 0, errors: '' });
    },
  );
}
