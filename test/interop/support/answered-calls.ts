import type { RecordedMessage, Side } from '#test/support/recording-proxy.js';
import { withoutFolders } from './without-chance.js';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly path?: string } | null;
  readonly error?: { readonly code: number };
}

/** What a client asks about files and their machine; what it asks about a process depends on the process's pace. */
const COMPARABLE = /^(fs|environment|environmentConfig|capabilities|capabilityRoots)\//;
/** Some clients look for a project in all folders at once, and stop at the first they find: how far up they come is chance. */
const BY_CHANCE = /^fs\/getMetadata file:\/\/\/(var\/(tmp\/)?)?\.git: /;

/**
 * The client's calls about files and the environment in the order of their answers, as `METHOD PATH: ok` or
 * `METHOD: CODE`, in words that are the same in any two sessions. For the recording of one connection.
 */
export function answeredCalls(messages: readonly RecordedMessage[]): readonly string[] {
  const requests = new Map<number, Message>();
  const calls: string[] = [];
  for (const { from, message } of messages.map(parsed)) {
    if (message.id === undefined) continue;
    if (from === 'client') requests.set(message.id, message);
    else calls.push(worded(requests.get(message.id), message));
  }
  return calls.filter((call) => COMPARABLE.test(call) && !BY_CHANCE.test(call));
}

/**
 * What only one of two recordings has, marked `-` for the expected and `+` for the actual one.
 * Order and repetitions do not count: they depend on the client's own timing.
 */
export function differingCalls(
  expected: readonly RecordedMessage[],
  actual: readonly RecordedMessage[],
): readonly string[] {
  const [wanted, got] = [new Set(answeredCalls(expected)), new Set(answeredCalls(actual))];
  return [
    ...[...wanted].filter((call) => !got.has(call)).map((call) => `- ${call}`),
    ...[...got].filter((call) => !wanted.has(call)).map((call) => `+ ${call}`),
  ];
}

const parsed = ({ from, text }: RecordedMessage): { from: Side; message: Message } => ({
  from,
  message: JSON.parse(text) as Message,
});

function worded(request: Message | undefined, { error }: Message): string {
  const path = request?.params?.path;
  const asked = path === undefined ? request?.method : `${request?.method} ${path}`;
  return withoutFolders(`${asked}: ${error?.code ?? 'ok'}`);
}
