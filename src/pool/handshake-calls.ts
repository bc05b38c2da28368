/** What the threads for handshakes are asked to do: one task per step, each with its answer. Its bytes are handed over both ways. */
import type { NoiseErrorCode } from '../noise/errors.js';
import type { Received, Requested, SplitKeys } from '../noise/hybrid-ik.js';
import type { Question } from '../noise/initiator.js';
import type { KeyPair } from '../noise/key-pair.js';
import type { ChannelPlace } from '../noise/prologue.js';

/** Tasks and answers. */
export interface HandshakeTasks {
  identity: { task: undefined; result: KeyPair };
  receive: {
    task: { readonly identity: KeyPair; readonly place: ChannelPlace; readonly request: Uint8Array };
    result: { readonly authorization: Uint8Array; readonly received: Received };
  };
  accept: {
    task: { readonly received: Received };
    result: { readonly message: Uint8Array; readonly keys: SplitKeys };
  };
  reject: { task: { readonly received: Received }; result: Uint8Array };
  request: { task: Question; result: { readonly message: Uint8Array; readonly requested: Requested } };
  finish: {
    task: { readonly identity: KeyPair; readonly requested: Requested; readonly response: Uint8Array };
    result: SplitKeys;
  };
}

export type HandshakeStep = keyof HandshakeTasks;

/** How a step came out. Errors lose their class and code on the way between threads, so a `NoiseError` travels as what it is made of. */
export type HandshakeOutcome<T> =
  | { readonly done: T }
  | { readonly failure: { readonly code: NoiseErrorCode; readonly message: string } };
