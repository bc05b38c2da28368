/** What is asked of an executor in a soak, each kind over and over: what it comes to is looked at every time. */
import { deepEqual, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Client, connect, workspaceSandbox } from '#src/index.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { startDelayProxy } from '../support/delay-proxy.js';
import { WireClient } from '../support/wire-client.js';

export interface Surroundings {
  readonly url: string;
  /** A session that lasts as long as the soak. */
  readonly client: Client;
  /** A folder for files. */
  readonly folder: string;
}

export interface Kind {
  readonly name: string;
  /** From the beginning of one to that of the next, ms; a longer one is followed at once. */
  readonly everyMs: number;
  /** Errors: it came to something else than it should. */
  readonly run: (around: Surroundings) => Promise<void>;
}

const FLOOD_BYTES = 20_000_000;
const FILE_BYTES = 300_000;
const LINES = 200;
const LOOKS = 50;

const lines = (count: number, pauseSeconds: number): readonly string[] => [
  '/bin/sh',
  '-c',
  `i=0; while [ $i -lt ${count} ]; do echo line $i; i=$((i+1)); sleep ${pauseSeconds}; done`,
];
const linesText = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n}\n`).join('');

const ENVIRONMENT = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' } };

const oneShot: Kind = {
  name: 'one-shot',
  everyMs: 50,
  async run({ client }) {
    const { exitCode } = await client.run(['/usr/bin/true']);
    ok(exitCode === 0);
  },
};

const many: Kind = {
  name: '8 one-shots',
  everyMs: 500,
  async run({ client }) {
    const ended = await Promise.all(Array.from({ length: 8 }, () => client.run(['/bin/sh', '-c', 'echo x; exit 3'])));
    const strange = ended.filter(({ exitCode, stdoutText }) => exitCode !== 3 || stdoutText !== 'x\n');
    deepEqual(strange, []);
  },
};

const talker: Kind = {
  name: 'lines for 10 s',
  everyMs: 2_500,
  async run({ client }) {
    const { stdoutText } = await client.run(lines(LINES, 0.05), ENVIRONMENT);
    ok(stdoutText === linesText(LINES));
  },
};

const flood: Kind = {
  name: 'flood of 20 MB',
  everyMs: 3_000,
  async run({ client }) {
    const process = await client.start(['/usr/bin/head', '-c', String(FLOOD_BYTES), '/dev/zero']);
    let bytes = 0;
    for await (const piece of process.stdout) bytes += piece.length;
    ok(bytes === FLOOD_BYTES && (await process.exit).exitCode === 0);
  },
};

const typed: Kind = {
  name: 'typed input',
  everyMs: 500,
  async run({ client }) {
    const process = await client.start(['/bin/cat'], { tty: true });
    await process.write('word\n');
    for await (const piece of process.output) if (Buffer.from(piece).includes('word')) break;
    ok(await process.terminate());
    await process.exit;
  },
};

const file: Kind = {
  name: 'file of 300 KB',
  everyMs: 200,
  async run({ client: { files }, folder }) {
    const [path, bytes] = [`${folder}/${randomBytes(6).toString('hex')}`, randomBytes(FILE_BYTES)];
    await files.writeFile(path, bytes);
    const read: Uint8Array[] = [];
    for await (const block of await files.openRead(path)) read.push(block);
    ok(Buffer.concat(read).equals(bytes) && bytes.equals(await files.readFile(path)));
    await files.remove(path);
  },
};

const metadata: Kind = {
  name: '50 getMetadata',
  everyMs: 200,
  async run({ client: { files }, folder }) {
    const seen = await Promise.all(Array.from({ length: LOOKS }, () => files.getMetadata(folder)));
    ok(seen.every(({ isDirectory }) => isDirectory));
  },
};

const session: Kind = {
  name: 'new session',
  everyMs: 1_000,
  async run({ url }) {
    const client = await connect(url);
    const { stdoutText } = await client.run(['/bin/echo', 'hello']);
    await client.close();
    ok(stdoutText === 'hello\n');
  },
};

/** Its process runs on without it for 80 s. */
const deserter: Kind = {
  name: 'left session',
  everyMs: 5_000,
  async run({ url }) {
    await using client = await WireClient.connect({ url, label: 'farhand' });
    await client.launch(['/bin/sleep', '1000']).started;
  },
};

const reconnect: Kind = {
  name: 'cut connection',
  everyMs: 3_000,
  async run({ url }) {
    await using proxy = await startDelayProxy();
    const { hostname, port } = new URL(url);
    proxy.target = { host: hostname, port: Number(port) };
    const client = await connect(`ws://${proxy.address}`);
    const process = await client.start(lines(40, 0.05), ENVIRONMENT);
    let text = '';
    let cuts = 0;
    for await (const piece of process.stdout) {
      text += Buffer.from(piece).toString();
      if (text.length > 100 * (cuts + 1) && cuts < 3) {
        proxy.cut();
        cuts += 1;
      }
    }
    ok(text === linesText(40) && cuts > 0);
    await client.close();
  },
};

const sandboxed: Kind = {
  name: 'sandboxed',
  everyMs: 1_000,
  async run({ client, folder }) {
    const sandbox = workspaceSandbox([folder], { temporary: false });
    const { exitCode } = await client.run(['/bin/sh', '-c', 'echo x > /etc/x'], { cwd: folder, sandbox });
    ok(exitCode === 2);
    await client.files.writeFile(`${folder}/sandboxed`, 'x', { sandbox });
  },
};

export const KINDS: readonly Kind[] = [
  ...[oneShot, many, talker, flood, typed, file, metadata, session, deserter, reconnect],
  ...(canSandbox ? [sandboxed] : []),
];
