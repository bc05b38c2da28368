/** Reading requests, and answering them. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { REGISTRY_BODY_BYTES } from '../protocol/limits.js';
import type { Answer } from './answers.js';
import type { Rejection } from './link-url.js';

const REJECTION_HEADER = 'x-codex-rendezvous-rejection-reason';

/** The answer leaves before the body has come; what still comes is thrown away. */
export function drained<T>(request: IncomingMessage, answer: T): T {
  request.resume();
  return answer;
}

/** Undefined when it is too large; the rest is unread then. Errors: the request is broken off. */
export async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += (part as Buffer).length;
    if (length > REGISTRY_BODY_BYTES) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

export function respond(response: ServerResponse, answer: Answer | 'ready'): void {
  if (answer === 'ready') {
    response.setHeader('content-length', 0);
    response.writeHead(200).end();
    return;
  }
  const text = JSON.stringify(answer.body);
  if (answer.allow !== undefined) response.setHeader('allow', answer.allow);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.setHeader('cache-control', 'no-store');
  response.writeHead(answer.status).end(text);
}

/** An executor registers again at any 4xx, and tries again with what it has at a 5xx. */
const STATUS: Readonly<Record<Rejection, number>> = {
  unknown_route: 404,
  malformed_query: 400,
  extra_query_param: 400,
  missing_version: 400,
  missing_role: 400,
  invalid_role: 400,
  missing_expiry: 400,
  missing_signature: 401,
  invalid_signature: 401,
  invalid_expiry: 401,
  unexpected_executor_registration_id: 401,
  route_unavailable: 503,
  pod_draining: 503,
};

/** Node hands over the bare socket of an upgrade request; a response of our own puts HTTP back on it. */
export function refuseUpgrade(request: IncomingMessage, socket: Socket, reason: Rejection): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.destroySoon());
  response.setHeader(REJECTION_HEADER, reason);
  response.setHeader('content-length', 0);
  response.writeHead(STATUS[reason]).end();
}
