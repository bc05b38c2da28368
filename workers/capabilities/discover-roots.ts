/** capabilityRoots/discoverV1. Source: 0.169.0, probed. */
import type { FileTasks } from '#src/pool/file-calls.js';
import { replyTooLarge } from '#src/protocol/errors.js';
import { discoverRoot, fault } from './discover-root.js';

/** The method's result as JSON. Errors: -32600 as soon as it would be too large to be sent. */
export function discoverRoots({ roots, limitBytes }: FileTasks['discoverRoots']['task']): string {
  let left = limitBytes;
  const discovered = roots.map(({ id, path, refusal, hidden }) => {
    const found = refusal === null ? discoverRoot(path, hidden) : fault(refusal);
    const text = JSON.stringify({ id, path, ...found });
    left -= Buffer.byteLength(text);
    if (left < 0) throw replyTooLarge(limitBytes);
    return text;
  });
  return `{"roots":[${discovered.join()}]}`;
}
