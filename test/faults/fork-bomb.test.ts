/** A command that begins as many processes as it may: everybody else is served, and a terminate ends all of it. */

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { allProcesses, eventually } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';

/** A user of whom nothing else runs, where that can be chosen: the limit counts all that a user has. Root has none. */
const USER = process.getuid?.() === 0 ? 47_113 : undefined;
const BOMB_PROCESSES = 150;
/** None of them outlives this for long, whatever happens to the test. */
const CPU_SECONDS = 20;
/** The executor has threads, which count, too. */
const LEAST_PROCESSES = 60;

const BOMBS = {
  'in its group': 'while (1) { fork() // select(undef, undef, undef, 0.005) }',
  'each in a session of its own':
    'while (1) { my $p = fork() // select(undef, undef, undef, 0.005); syscall(112) if $p eq 0 }',
} as const;

const canBomb = spawnSync('prlimit', ['--nproc=64:64', 'perl', '-e', '1']).status === 0 && process.arch === 'x64';

for (const spawner of SPAWNERS) {
  for (const [where, bomb] of Object.entries(BOMBS)) {
    (canBomb ? test.serial : test.skip)(
      `a fork bomb, ${where}, holds up nobody and is terminated whole (${spawner})`,
      async (t) => {
        await using executor = await ExecutorProgram.start({ spawner, ...(USER !== undefined && { uid: USER }) });
        await using client = await RpcClient.connect(executor.url);
        const sign = randomUUID();
        t.teardown(() => {
          for (const pid of bombsOf(sign)) process.kill(pid, 'SIGKILL');
        });
        const limit = (USER === undefined ? threadsOf(process.getuid!()) : 0) + BOMB_PROCESSES;
        // Not by a shell: not every sh knows `ulimit -u`, and one that does not would begin it without a limit.
        const limited = `exec prlimit --nproc=${limit}:${limit} --cpu=${CPU_SECONDS} perl -e '${bomb}' ${sign}`;
        await client.shell('bomb', limited);
        await eventually(() => bombsOf(sign).length >= LEAST_PROCESSES);

        await using other = await RpcClient.connect(executor.url);
        await other.shell('other', 'echo alive');
        t.is((await other.closed('other')).output().toString(), 'alive\n');
        t.deepEqual(await client.call('environment/status', {}), { status: 'ready' });

        t.deepEqual(await client.terminate('bomb'), { running: true });
        t.is((await client.closed('bomb')).exitCode, 137);
        await eventually(() => bombsOf(sign).length === 0);
        t.deepEqual(await client.call('environment/status', {}), { status: 'ready' });
      },
    );
  }
}

/** Processes with the sign among their arguments. */
const bombsOf = (sign: string): number[] =>
  allProcesses().flatMap(({ pid, state }) => (state !== 'Z' && argumentsOf(pid).includes(sign) ? [pid] : []));

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** All threads of a user. */
const threadsOf = (uid: number): number =>
  allProcesses().reduce((sum, { pid }) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return status.includes(`\nUid:\t${uid}\t`) ? sum + Number(/^Threads:\t(\d+)$/m.exec(status)![1]) : sum;
    } catch {
      return sum;
    }
  }, 0);
