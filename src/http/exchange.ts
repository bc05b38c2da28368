/** A request and the answer that it comes to in the end, redirects followed. */

import { RpcError } from '../protocol/errors.js';
import type { HttpRequestParams } from '../protocol/http.js';
import type { Answer } from './ask.js';
import { notSent } from './errors.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { follow } from './redirect.js';
import { rawHeader } from './response-headers.js';
import type { Upstreams } from './upstreams.js';

/** Resolves when the head of the answer is in. Errors: RpcError. */
export async function exchange(
  first: OutgoingRequest,
  redirectPolicy: HttpRequestParams['redirectPolicy'],
  upstreams: Upstreams,
  signal: AbortSignal,
): Promise<Answer> {
  let request = first;
  for (let followed = 0; ; followed++) {
    const answer = await send(request, upstreams, signal);
    if (redirectPolicy === 'stop') return answer;
    const { status, rawHeaders } = answer;
    const step = follow(request, followed, { status, location: rawHeader(rawHeaders, 'location') });
    switch (step.is) {
      case 'done':
        return answer;
      case 'fail':
        answer.body?.destroy();
        throw step.error;
      case 'send':
        answer.body?.destroy();
        request = step.request;
        break;
      default:
        step satisfies never;
    }
  }
}

async function send(request: OutgoingRequest, upstreams: Upstreams, signal: AbortSignal): Promise<Answer> {
  try {
    return await upstreams.send(request, signal);
  } catch (error) {
    throw error instanceof RpcError ? error : notSent(request.url, error);
  }
}
