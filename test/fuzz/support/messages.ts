/** Messages as clients and servers send them, and the same damaged. */
import { METHODS, type Method } from '#src/protocol/methods.js';
import { type Vocabulary, valueBy } from './by-schema.js';
import type { Chance } from './chance.js';
import { damaged, damagedText, object, string, type Tree, text, write } from './json-tree.js';

export const ALL_METHODS = Object.keys(METHODS) as Method[];

/** Parameters that the method takes; `null` where none are needed. */
export const paramsOf = (method: Method, chance: Chance, words?: Vocabulary): Tree =>
  valueBy(METHODS[method].params, chance, words) ?? text('null');

export const requestOf = (id: Tree, method: string, params: Tree | undefined): Tree =>
  object({ id, method: string(method), ...(params !== undefined && { params }) });

/** Ids of every kind, apart from each other only by chance. */
export const idBy = (chance: Chance): Tree => text(chance.pick(IDS));

const IDS = ['1', '0', '-1', '2', '9007199254740993', '-9223372036854775808', '""', '"a"', '"\\u0000é"', '"__proto__"'];

/** A message as text: mostly with damage somewhere, in the envelope or below it. */
export function hostileMessage(chance: Chance, words?: Vocabulary, id = idBy(chance)): string {
  const message = write(
    chance.oneIn(6) ? envelopeBy(chance, words, id) : damaged(envelopeBy(chance, words, id), chance),
  );
  // As it would come over a link: UTF-8, which has no half characters.
  return Buffer.from(chance.oneIn(5) ? damagedText(message, chance) : message).toString();
}

function envelopeBy(chance: Chance, words: Vocabulary | undefined, id: Tree): Tree {
  const method = chance.pick(ALL_METHODS);
  const params = paramsOf(method, chance, words);
  switch (chance.below(20)) {
    case 0:
      return requestOf(id, chance.pick(UNKNOWN_METHODS), params);
    case 1:
      return object({ method: string(chance.pick(['initialized', 'cancel', method])), params });
    case 2:
      return object({ id, result: params });
    case 3:
      return object({ id, error: object({ code: text('-32000'), message: string('x'), data: params }) });
    case 4:
      return object({
        jsonrpc: string('2.0'),
        id,
        method: string(method),
        params,
        trace: object({ traceparent: string('00-x') }),
      });
    default:
      return requestOf(id, method, params);
  }
}

const UNKNOWN_METHODS = [
  '',
  'process/resize',
  '__proto__',
  'constructor',
  'toString',
  'initialized',
  'PROCESS/START',
  'fs/',
];
