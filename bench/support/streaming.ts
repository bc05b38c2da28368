/** A flood of output as two clients see it, and what it costs the executor. */
import { alternate, ofEach, type Pair, type Rounds } from './alternation.js';
import type { Effort } from './benchmark.js';
import { CountingClient } from './counting-client.js';
import { duration } from './duration.js';
import { CPU_TICK, cpuSeconds, forgetPeak, peakBytes } from './process-use.js';
import type { Server } from './server.js';
import { WireClient } from './wire-client.js';

/** Receives all output of programs, one after another. */
interface Receiver extends AsyncDisposable {
  /** Resolves with the last byte and the end. Errors: another number of bytes than is wanted. */
  receive(argv: readonly string[], wanted: number): Promise<void>;
}

/** Who receives: the one parses and decodes as any client does, the other only counts. */
export const RECEIVERS = {
  'Node client': async (server: Server): Promise<Receiver> => {
    const client = await WireClient.connect(server);
    return {
      receive: async (argv, wanted) => {
        let [came, allCame] = [0, () => {}];
        const all = new Promise<void>((resolve) => {
          allCame = resolve;
        });
        const output = ({ length }: Buffer) => {
          came += length;
          if (came >= wanted) allCame();
        };
        await client.launch(argv, { output }).closed;
        await all;
        if (came !== wanted) throw new Error(`${came} bytes of ${wanted}`);
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
  'counting client': async (server: Server): Promise<Receiver> => {
    const client = await CountingClient.connect(server);
    return {
      receive: async (argv, wanted) => {
        const came = await client.receive(argv);
        if (came < (wanted * 4) / 3) throw new Error(`${came} bytes of base64 and more for ${wanted} bytes`);
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
} as const;

export type ReceiverName = keyof typeof RECEIVERS;
export const RECEIVER_NAMES = Object.keys(RECEIVERS) as ReceiverName[];

export interface Flood {
  readonly argv: readonly string[];
  readonly bytes: number;
}

/** What one flood took. */
export interface Streamed {
  readonly ms: number;
  /** Of the executor's process alone; what is less than the kernel's clock can tell counts as one tick of it. */
  readonly cpuSeconds: number;
  /** The most memory that it had meanwhile, all of it. */
  readonly peakBytes: number;
}

/** Rounds before the first that counts. */
const WARM_UP = 3;

/** Has the flood received `rounds` times from each, by clients of that name. */
export async function streamInTurn(
  servers: Pair<Server>,
  name: ReceiverName,
  flood: Flood,
  { rounds, effort }: { readonly rounds: number; readonly effort: Effort },
): Promise<Rounds<Streamed>> {
  await using ours = await RECEIVERS[name](servers.ours);
  await using rival = await RECEIVERS[name](servers.rival);
  const pair = { ours: { receiver: ours, server: servers.ours }, rival: { receiver: rival, server: servers.rival } };
  const stream = async ({ receiver, server: { pid } }: typeof pair.ours): Promise<Streamed> => {
    forgetPeak(pid);
    const before = cpuSeconds(pid);
    const ms = await duration(() => receiver.receive(flood.argv, flood.bytes));
    return { ms, cpuSeconds: Math.max(cpuSeconds(pid) - before, CPU_TICK), peakBytes: peakBytes(pid) };
  };
  if (effort === 'full') await alternate(pair, WARM_UP, stream);
  return await alternate(pair, rounds, stream);
}

export const part = (rounds: Rounds<Streamed>, of: (streamed: Streamed) => number): Rounds<number> =>
  ofEach(rounds, of);
