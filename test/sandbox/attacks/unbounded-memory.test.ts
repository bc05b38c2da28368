/** Attack 37: a command fills the memory of the machine with files. */
import { SANDBOX_SHARED_MEMORY_BYTES } from '#src/protocol/limits.js';
import { attackTest } from './attack-test.js';

/** Size of the file system, bytes; then whether it takes a file that is one byte larger. */
const FILL = `
  set -- $(stat -f -c '%b %S' /dev/shm)
  echo $(($1 * $2))
  fallocate -l $(($1 * $2 + 1)) /dev/shm/full && echo done`;
/** Every directory that could take a file, among the mounts and near the root. */
const WRITABLE = `
  { cut -d ' ' -f 5 /proc/self/mountinfo; find / -maxdepth 2 -type d 2> /dev/null; } | sort -u |
    while read -r directory; do [ -d "$directory" ] && [ -w "$directory" ] && echo "$directory"; done; :`;

attackTest('37: fills shared memory', async (t, { attacker, scene }) => {
  const record = await attacker.run(scene, 'workspace', FILL);
  t.is(record.output('stdout').toString(), `${SANDBOX_SHARED_MEMORY_BYTES}\n`);
  t.regex(record.output('stderr').toString(), /No space left on device/);
});

attackTest('37: fills another place that is in memory', async (t, { attacker, scene }) => {
  const writable = async (policy: 'workspace' | 'workspace without the rest' | 'none') =>
    (await attacker.run(scene, policy, WRITABLE)).output().toString().trimEnd().split('\n');
  // That of the terminals takes no files.
  const allowed = ['/dev/pts', '/dev/shm', scene.variables.W];
  t.deepEqual(await writable('workspace'), allowed);
  t.deepEqual(await writable('workspace without the rest'), allowed);
  t.true((await writable('none')).includes('/tmp'));
});
