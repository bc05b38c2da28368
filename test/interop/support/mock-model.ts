import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Script, ToolCall, ToolOutput } from './script.js';

/** A model provider on loopback whose model follows a script. */
export interface MockModel<Result> extends AsyncDisposable {
  /** The provider's base URL for the client's configuration. */
  readonly url: string;
  /** Bodies of all requests to the model so far, as the client sent them. */
  readonly requests: readonly ModelRequest[];
  /** What the script returned. Throws the script's error, or says where it stands when it is not through. */
  result(): Result;
}

/** What the model reads of a request; the rest is for the provider. */
export interface ModelRequest {
  readonly instructions?: unknown;
  readonly input: readonly InputItem[];
  readonly tools?: unknown;
}

/** One thing the model is told; the members that its `type` has. */
interface InputItem {
  readonly type: string;
  readonly content?: readonly { readonly text?: string }[];
  readonly call_id?: string;
  readonly output?: ToolOutput;
}

type Progress<Result> =
  | { readonly at: 'start' }
  | { readonly at: 'calls'; readonly callIds: readonly string[] }
  | { readonly at: 'end'; readonly result: Result }
  | { readonly at: 'fault'; readonly error: unknown };

/** Starts the provider. Source of the event stream's form: what every release of the client accepts. */
export async function startMockModel<Result>(script: Script<Result>): Promise<MockModel<Result>> {
  const requests: ModelRequest[] = [];
  let progress: Progress<Result> = { at: 'start' };

  const advance = (request: ModelRequest): readonly Item[] => {
    const outputs = progress.at === 'calls' ? progress.callIds.map((id) => outputOf(id, request)) : [];
    const step = script.next(outputs);
    if (step.done) {
      progress = { at: 'end', result: step.value };
      return [GOODBYE];
    }
    const items = step.value.map((call, index) => functionCall(call, `call_${requests.length}_${index}`));
    progress = { at: 'calls', callIds: items.map((item) => item.call_id) };
    return items;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end('{"data":[],"models":[]}');
      return;
    }
    try {
      const body = JSON.parse(await text(request)) as ModelRequest;
      requests.push(body);
      response.setHeader('content-type', 'text/event-stream');
      response.end(eventStream(`resp_${requests.length}`, advance(body)));
    } catch (error) {
      progress = { at: 'fault', error };
      response.statusCode = 500;
      response.end();
    }
  };

  const server = createServer((request, response) => void respond(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    result() {
      if (progress.at === 'end') return progress.result;
      if (progress.at === 'fault') throw progress.error;
      throw new Error(`the client left the model's script at "${progress.at}" after ${requests.length} requests`);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Item = Readonly<Record<string, unknown>>;

const GOODBYE: Item = {
  type: 'message',
  role: 'assistant',
  id: 'msg_1',
  content: [{ type: 'output_text', text: 'done' }],
};

const functionCall = (call: ToolCall, callId: string) => ({
  type: 'function_call',
  call_id: callId,
  name: call.name,
  arguments: JSON.stringify(call.arguments),
});

function outputOf(callId: string, { input }: ModelRequest): ToolOutput {
  const item = input.find(({ type, call_id }) => type === 'function_call_output' && call_id === callId);
  if (item?.output === undefined) throw new Error(`no output of ${callId} in the client's next request`);
  return item.output;
}

function eventStream(responseId: string, items: readonly Item[]): string {
  const usage = {
    input_tokens: 0,
    input_tokens_details: null,
    output_tokens: 0,
    output_tokens_details: null,
    total_tokens: 0,
  };
  const events = [
    { type: 'response.created', response: { id: responseId } },
    ...items.map((item) => ({ type: 'response.output_item.done', item })),
    { type: 'response.completed', response: { id: responseId, usage } },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
