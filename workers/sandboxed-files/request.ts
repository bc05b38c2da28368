/** What the main thread asks of this helper. */
import { internalError } from '#src/protocol/errors.js';
import type { SandboxedOperation } from '#src/sandboxed-files/messages.js';
import { type BareTask, decodeTask, isSandboxedOperation } from '#src/sandboxed-files/task-json.js';

/** A request for one operation, as one of as many types. */
export type Asked<O extends SandboxedOperation = SandboxedOperation> = {
  [P in O]: { readonly id: number; readonly operation: P; readonly task: BareTask<P> };
}[O];

export type Request =
  | { readonly is: 'asked'; readonly asked: Asked }
  | { readonly is: 'close'; readonly id: number; readonly fd: number }
  | { readonly is: 'cancel'; readonly id: number }
  /** It has an id, and is nothing that can be done. */
  | { readonly is: 'improper'; readonly id: number; readonly error: unknown };

/** Errors: for a text that nobody can be answered to. */
export function parseRequest(json: string): Request {
  const message: unknown = JSON.parse(json);
  if (typeof message !== 'object' || message === null) throw new Error('a request that is no object');
  const { id, cancel, operation, task } = message as Readonly<Record<string, unknown>>;
  if (isId(cancel)) return { is: 'cancel', id: cancel };
  if (!isId(id)) throw new Error('a request without an id');
  try {
    if (operation === 'closeFile') return { is: 'close', id, fd: descriptorIn(task) };
    if (isSandboxedOperation(operation)) return { is: 'asked', asked: askedFor(id, operation, task) };
    throw internalError('unknown sandboxed file call');
  } catch (error) {
    return { is: 'improper', id, error };
  }
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const askedFor = (id: number, operation: SandboxedOperation, task: unknown) =>
  ({ id, operation, task: decodeTask(operation, task) }) as Asked;

function descriptorIn(task: unknown): number {
  const { fd } = (task ?? {}) as { readonly fd?: unknown };
  return typeof fd === 'number' ? fd : -1;
}
