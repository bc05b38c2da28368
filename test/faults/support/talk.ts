import type { Client } from '#src/client/client.js';
import type { ProcessExit } from '#src/client/completion.js';
import type { RemoteProcess } from '#src/client/remote-process.js';

const LINES = 40;
/** Says a burst of numbered lines on both streams for each word that it reads, the word in each. */
const SCRIPT = `while read -r word; do
  [ "$word" = end ] && exit 7
  i=0
  while [ $i -lt ${LINES} ]; do echo "out $word $i"; echo "err $word $i" >&2; i=$((i+1)); done
done`;

/** What a process has said to the end, and what it should have. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly expected: { readonly stdout: string; readonly stderr: string };
  readonly exit: ProcessExit;
}

/** A process that answers, and somebody who talks to it: what one of them says twice, or what gets lost, can be told. */
export class Talk {
  readonly #process: RemoteProcess;
  readonly #stdout: Listening;
  readonly #stderr: Listening;
  #words = 0;

  private constructor(process: RemoteProcess) {
    this.#process = process;
    this.#stdout = new Listening(process.stdout);
    this.#stderr = new Listening(process.stderr);
  }

  static async begin(client: Client): Promise<Talk> {
    return new Talk(await client.start(['/bin/sh', '-c', SCRIPT], { stdin: 'pipe' }));
  }

  /** One word, and its answer to the end. Rejects as the process does. */
  async exchange(): Promise<void> {
    const word = this.#words;
    this.#words += 1;
    await this.#process.write(`${word}\n`);
    await Promise.all([
      this.#stdout.hears(`out ${word} ${LINES - 1}\n`),
      this.#stderr.hears(`err ${word} ${LINES - 1}\n`),
    ]);
  }

  async end(): Promise<Said> {
    await this.#process.write('end\n');
    const [exit, stdout, stderr] = await Promise.all([this.#process.exit, this.#stdout.all, this.#stderr.all]);
    return { exit, stdout, stderr, expected: { stdout: this.#expected('out'), stderr: this.#expected('err') } };
  }

  #expected(name: string): string {
    return Array.from({ length: this.#words * LINES }, (_, line) => {
      return `${name} ${Math.floor(line / LINES)} ${line % LINES}\n`;
    }).join('');
  }
}

/** One stream of a process as it comes. */
class Listening {
  /** All of it, at its end. */
  readonly all: Promise<string>;
  readonly #pieces: string[] = [];
  #tail = '';
  #awaited: { readonly ending: string; readonly heard: () => void } | undefined;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.all = this.#listen(stream);
    // Told to whoever waits.
    this.all.catch(() => {});
  }

  /** Resolves when the last thing that was said is this. */
  async hears(ending: string): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#awaited = { ending, heard: resolve };
    });
    this.#look();
    await Promise.race([heard, this.all]);
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<string> {
    for await (const bytes of stream) {
      const piece = Buffer.from(bytes).toString('latin1');
      this.#pieces.push(piece);
      this.#tail = (this.#tail + piece).slice(-100);
      this.#look();
    }
    return this.#pieces.join('');
  }

  #look(): void {
    if (this.#awaited !== undefined && this.#tail.endsWith(this.#awaited.ending)) this.#awaited.heard();
  }
}
