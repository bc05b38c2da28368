import { connect, type RemoteProcess } from '#src/index.js';

/** A terminal with a program on it: a person's side of `farhand shell`, on an executor of its own. */
export interface FarTerminal extends AsyncDisposable {
  readonly process: RemoteProcess;
  type(keys: string): Promise<void>;
  /** Resolves when this has been shown behind what was waited for before. Rejects when the program ends without it. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a shell script on a new terminal of the executor at `url`. */
export async function openTerminal(
  url: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<FarTerminal> {
  const client = await connect(url);
  const process = await client.start(['/bin/sh', '-c', script, 'sh', ...args], { tty: true, env });
  const events = process.events[Symbol.asyncIterator]();
  let unseen = '';
  return {
    process,
    type: (keys) => process.write(keys),
    shows: async (pattern) => {
      for (;;) {
        const match = pattern.exec(unseen);
        if (match !== null) {
          unseen = unseen.slice(match.index + match[0].length);
          return match;
        }
        const { value: event } = await events.next();
        if (event === undefined) throw new Error(`ended without showing ${pattern}: ${JSON.stringify(unseen)}`);
        if (event.type === 'output') unseen += Buffer.from(event.bytes).toString();
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
