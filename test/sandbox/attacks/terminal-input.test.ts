/** Attack 30: a command on a terminal puts letters into its input, for whoever reads from it next, by ways the kernel has for that. */
import { SYSCALL_NUMBERS } from '#src/sandbox/syscall-numbers.js';
import { attackTest } from './attack-test.js';

const IOCTL = SYSCALL_NUMBERS.ioctl[process.arch === 'arm64' ? 'arm64' : 'x64'];
/** TIOCSTI and TIOCLINUX, and each with a bit that the kernel does not look at. */
const REQUESTS = [0x5412, 0x541c, 0x1_0000_5412, 0x1_0000_541c];
const FORBIDDEN = 'Operation not permitted';
const script = `perl -e '
  for (${REQUESTS.join(', ')}) { my $letter = "x"; print syscall(${IOCTL}, 1, $_, $letter) == 0 ? "done" : $!, "\\n" }'`;

attackTest('30: puts letters into the input of its terminal', async (t, { attacker, scene }) => {
  const answers = async (policy: 'workspace' | 'workspace with network' | 'none') => {
    const record = await attacker.run(scene, policy, script, { tty: true });
    return record.output().toString().trimEnd().split(/\r\n/);
  };
  for (const policy of ['workspace', 'workspace with network'] as const) {
    t.deepEqual(
      await answers(policy),
      REQUESTS.map(() => FORBIDDEN),
      policy,
    );
  }
  // What the kernel itself thinks of these depends on its settings, but this it never says.
  const free = await answers('none');
  t.is(free.length, REQUESTS.length);
  t.false(free.includes(FORBIDDEN), free.join());
});
