/**
 * Attack 32: the environment of a request names a library of the workspace, which the loader puts into every program that it starts.
 * It must not be put into one that is not in the sandbox yet.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { attackTest } from './attack-test.js';
import type { Scene } from './scene.js';

/** Makes a file outside, and one in the workspace; for LD_AUDIT it must look like an auditor. */
const LIBRARY = `
  #include <fcntl.h>
  #include <unistd.h>
  static void make(const char *path) { int made = open(path, O_CREAT | O_WRONLY, 0644); if (made >= 0) close(made); }
  __attribute__((constructor)) static void load(void) { make(OUTSIDE); make(INSIDE); }
  unsigned int la_version(unsigned int version) { return version; }
`;

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Its path. */
function buildLibrary({ variables: { W, O } }: Scene): string {
  const path = join(W, 'evil.so');
  const places = [`-DOUTSIDE="${O}/new"`, `-DINSIDE="${W}/loaded"`];
  const { status, stderr } = spawnSync(compiler!, ['-shared', '-fPIC', ...places, '-xc', '-', '-o', path], {
    input: LIBRARY,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

for (const variable of ['LD_PRELOAD', 'LD_AUDIT']) {
  for (const [way, options] of Object.entries({ pipes: {}, 'a terminal': { tty: true } })) {
    attackTest(
      `32: has a library loaded by ${variable}, on ${way}`,
      async (t, { attacker, scene }) => {
        const env = { [variable]: buildLibrary(scene) };
        const run = (policy: 'workspace' | 'none') => attacker.run(scene, policy, ':', { ...options, env });
        const { exitCode } = await run('workspace');
        t.is(exitCode, 0);
        t.true(scene.has('workspace/loaded'), 'it was in the command, where it may be');
        t.false(scene.has('outside/new'));
        await run('none');
        t.true(scene.has('outside/new'));
      },
      { canRun: compiler !== undefined },
    );
  }
}
