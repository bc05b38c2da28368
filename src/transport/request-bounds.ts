import { REQUEST_HEADER_BYTES, REQUEST_PATIENCE_MS } from '../protocol/limits.js';

/** How an HTTP server of ours is made: who sends slowly, or much before a request has begun, is not waited for. */
export const REQUEST_BOUNDS = {
  requireHostHeader: false,
  maxHeaderSize: REQUEST_HEADER_BYTES,
  headersTimeout: REQUEST_PATIENCE_MS,
  requestTimeout: REQUEST_PATIENCE_MS,
  connectionsCheckingInterval: REQUEST_PATIENCE_MS,
  noDelay: true,
} as const;
