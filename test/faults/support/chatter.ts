import type { Client } from '#src/client/client.js';
import type { ProcessExit } from '#src/client/completion.js';
import type { RemoteProcess } from '#src/client/remote-process.js';
import { readText } from '#test/support/collect.js';
import type { TemporaryFolder } from '#test/support/temporary-folder.js';

/** Some 10 KB in a second: in the longest cut it says far less than an executor keeps of its output. */
const script = (stop: string) => `n=0
while [ ! -e '${stop}' ]; do
  i=0
  while [ $i -lt 100 ]; do echo $n; n=$((n+1)); i=$((i+1)); done
  sleep 0.05
done
echo $n >&2`;

/** A process that says numbers, whether anybody is there or not. */
export class Chatter {
  readonly #process: RemoteProcess;
  readonly #stop: () => void;
  readonly #texts: Promise<readonly [stdout: string, stderr: string]>;

  private constructor(process: RemoteProcess, stop: () => void) {
    this.#process = process;
    this.#stop = stop;
    this.#texts = Promise.all([readText(process.stdout), readText(process.stderr)]);
    // Told to whoever ends it.
    this.#texts.catch(() => {});
  }

  static async begin(client: Client, folder: TemporaryFolder): Promise<Chatter> {
    const name = `stop-${client.sessionId}`;
    const process = await client.start(['/bin/sh', '-c', script(folder.file(name))]);
    return new Chatter(process, () => folder.write(name, ''));
  }

  /** What has arrived, and what should have: the numbers, of which it says itself how many there were. */
  async end(): Promise<{ readonly stdout: string; readonly expected: string; readonly exit: ProcessExit }> {
    this.#stop();
    const [exit, [stdout, stderr]] = await Promise.all([this.#process.exit, this.#texts]);
    const expected = Array.from({ length: Number(stderr) }, (_, line) => `${line}\n`).join('');
    return { stdout, expected, exit };
  }
}
