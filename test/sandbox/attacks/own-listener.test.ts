/**
 * Attack 38: a sandbox with network access connects to the executor that started it, which asks for no token, and could then start
 * processes without any sandbox.
 */

import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { createServer } from 'node:http';
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { sandboxOf } from './attack.js';
import { USERS } from './scene.js';

/** Asks each port for /readyz and says how that went; then waits for its end. Arguments: a way to do it, and ports. */
const ASK = `
  use Socket;
  my ($way, @ports) = @ARGV;
  my $prctl = ${process.arch === 'arm64' ? 167 : 157};
  syscall($prctl, 4, 0, 0, 0, 0) == 0 or die "prctl: $!" if $way eq 'hidden';
  $| = 1;
  $SIG{PIPE} = 'IGNORE';
  for my $port (@ports) {
    socket(my $s, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
    my $answer = '';
    if (connect($s, pack_sockaddr_in($port, INADDR_LOOPBACK))) {
      syswrite($s, "GET /readyz HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n");
      1 while sysread($s, $answer, 4096, length $answer);
    }
    print $answer =~ /^HTTP\\S+ 200/ ? "answered\\n" : $answer eq '' ? "refused\\n" : "said $answer\\n";
  }
  print "done\\n";
  sleep 1000;
`;

for (const { name, uid } of USERS) {
  for (const way of ['open', 'hidden']) {
    (canSandbox ? test : test.skip)(`38: a sandbox of ${name} gets no answer from its executor (${way})`, async (t) => {
      using workspace = new TemporaryFolder();
      chownSync(workspace.path, uid, uid);
      // Something else of this machine, which it may reach.
      const other = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
      t.teardown(() => other.close());
      await once(other, 'listening');
      const { port } = other.address() as { port: number };

      await using executor = await ExecutorProgram.start({ uid, env: { HOME: workspace.path } });
      const argv = ['perl', '-e', ASK, way, new URL(executor.url).port, String(port)];
      const says = (id: string) => client.record(id).output().toString();
      await using client = await RpcClient.connect(executor.url);
      const sandbox = sandboxOf('workspace with network', workspace.path);
      await client.start('attack', argv, { cwd: `file://${workspace.path}`, more: { sandbox } });
      await client.hasWritten('attack', 'done');
      t.is(says('attack'), 'refused\nanswered\ndone\n');

      // Meanwhile others are served: a command without a sandbox, and a new client.
      await client.start('free', ['perl', '-e', ASK, 'open', ...argv.slice(4)]);
      await client.hasWritten('free', 'done');
      t.is(says('free'), 'answered\nanswered\ndone\n');
      await using second = await RpcClient.connect(executor.url);
      await second.shell('p', 'echo served');
      t.is((await second.closed('p')).output().toString(), 'served\n');
    });
  }
}
