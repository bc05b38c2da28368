/** A request of our own, and its answer with the whole of its body as far as that is bounded. Redirects are answers like any other. */
import type { Answer } from './ask.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { rawHeader } from './response-headers.js';

export interface Question {
  readonly method: 'GET' | 'POST';
  /** http or https, without user and password. */
  readonly url: URL;
  /** Names in lower case; values in ASCII. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

export interface WholeAnswer {
  readonly status: number;
  /** Of `Retry-After`, as it came. */
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
  /** There was more of the body than is read. */
  readonly isCut: boolean;
}

/** Resolves when all is there. Errors: no answer, or not all of it, or `signal`. */
export type AskWhole = (question: Question, signal: AbortSignal) => Promise<WholeAnswer>;

export interface Sender {
  send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer>;
}

/** `limitBytes`: what is read of a body. */
export const asksWhole =
  (upstreams: Sender, limitBytes: number): AskWhole =>
  async ({ method, url, headers, body }, signal) => {
    const answer = await upstreams.send(
      {
        method,
        url,
        headers: headers.map(([name, value]) => ({ name, value, fromEnvironment: false })),
        body: body ? Buffer.from(body) : undefined,
      },
      signal,
    );
    return {
      status: answer.status,
      retryAfter: rawHeader(answer.rawHeaders, 'retry-after'),
      ...(await firstBytes(answer, limitBytes)),
    };
  };

async function firstBytes({ body }: Answer, limit: number): Promise<{ body: Buffer; isCut: boolean }> {
  const pieces: Buffer[] = [];
  let length = 0;
  // To leave the loop early ends the connection, too.
  for await (const piece of (body ?? []) as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > limit) return { body: Buffer.concat(pieces).subarray(0, limit), isCut: true };
  }
  return { body: Buffer.concat(pieces), isCut: false };
}
