import type { RecordedMessage } from '#test/support/recording-proxy.js';

interface Message {
  readonly result?: { readonly sandboxType?: string };
  readonly method?: string;
  readonly params?: { readonly exitCode?: number; readonly sandboxDenied?: boolean };
}

/** How the server says that processes are confined, and how they have ended, in its order. For processes one after another. */
export const processEnds = (messages: readonly RecordedMessage[]): readonly string[] =>
  messages
    .filter(({ from }) => from === 'server')
    .flatMap(({ text }) => {
      const { result, method, params } = JSON.parse(text) as Message;
      if (result?.sandboxType !== undefined) return [`started: ${result.sandboxType}`];
      return method === 'process/exited' ? [`exited: ${params?.exitCode}, denied: ${params?.sandboxDenied}`] : [];
    });
