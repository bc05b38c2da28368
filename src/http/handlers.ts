/** http/request of one connection. */
import type { HttpRequestParams } from '../protocol/http.js';
import {
  HTTP_FRAMES_IN_FLIGHT,
  HTTP_LARGE_BODIES_AT_ONCE,
  HTTP_STREAM_ID_BYTES,
  HTTP_STREAMS,
  HTTP_WHOLE_BODIES_AT_ONCE,
} from '../protocol/limits.js';
import type { Handlers, PeerLink, ReadyReply, ReplyAndMore } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { untilSent } from '../rpc/until-sent.js';
import type { Answer } from './ask.js';
import { streamBody } from './body-stream.js';
import { Ending } from './ending.js';
import { noTime, streamIdActive, streamIdTooLong, tooManyStreams } from './errors.js';
import { exchange } from './exchange.js';
import type { Environment } from './header-variables.js';
import { planRequest } from './outgoing-request.js';
import { responseHeaders } from './response-headers.js';
import type { Trust } from './trust.js';
import { Upstreams } from './upstreams.js';
import { readWhole } from './whole-body.js';

export interface HttpHost {
  /** Where values of headers and proxies are looked up. */
  readonly environment: Environment;
  readonly trust: Trust;
  /** Largest reply that is sent. */
  readonly replyLimitBytes: number;
}

export function httpHandlers({ environment, trust, replyLimitBytes }: HttpHost, link: PeerLink): Handlers {
  const upstreams = new Upstreams(environment, trust);
  link.gone.addEventListener('abort', () => upstreams.close());
  /** Their requestIds. */
  const streams = new Set<string>();
  const frames = new Turns(HTTP_FRAMES_IN_FLIGHT);
  const wholes = new Turns(HTTP_WHOLE_BODIES_AT_ONCE);
  const largeBodies = new Turns(HTTP_LARGE_BODIES_AT_ONCE);

  async function begin(params: HttpRequestParams, { signal }: Ending): Promise<Answer> {
    const request = planRequest(params, environment);
    if (params.timeoutMs === 0) throw noTime();
    return exchange(request, params.redirectPolicy, upstreams, signal);
  }

  /** Keeps its place until the reply has left. */
  async function whole(params: HttpRequestParams): Promise<ReadyReply> {
    using ending = new Ending(params.timeoutMs, link.gone);
    return await untilSent(wholes, async () => {
      const answer = await begin(params, ending);
      return readWhole(answer, resultHead(answer), replyLimitBytes, largeBodies);
    });
  }

  function admit(requestId: string): void {
    if (streams.has(requestId)) throw streamIdActive(requestId);
    if (streams.size >= HTTP_STREAMS) throw tooManyStreams(HTTP_STREAMS);
    if (Buffer.byteLength(JSON.stringify(requestId)) > HTTP_STREAM_ID_BYTES)
      throw streamIdTooLong(HTTP_STREAM_ID_BYTES);
    streams.add(requestId);
  }

  /** From its request to its last frame an id stands for one body. */
  async function streamed(params: HttpRequestParams): Promise<ReplyAndMore> {
    const { requestId } = params;
    admit(requestId);
    const ending = new Ending(params.timeoutMs, link.gone);
    const finish = () => {
      ending[Symbol.dispose]();
      streams.delete(requestId);
    };
    try {
      const answer = await begin(params, ending);
      const afterwards = () => void streamBody(answer.body, requestId, frames, link).finally(finish);
      return { json: `${resultHead(answer)}"}`, afterwards };
    } catch (error) {
      finish();
      throw error;
    }
  }

  return { 'http/request': (params) => (params.streamResponse ? streamed(params) : whole(params)) };
}

/** The result up to its body. */
const resultHead = ({ status, rawHeaders }: Answer) =>
  `{"status":${status},"headers":${JSON.stringify(responseHeaders(rawHeaders))},"bodyBase64":"`;
