/** An answer that is not a success, as an error. */
import * as v from 'valibot';
import type { WholeAnswer } from '../http/ask-whole.js';
import { readForeign } from '../protocol/foreign-json.js';
import { REGISTRY_TEXT_CHARACTERS } from '../protocol/limits.js';
import {
  notAuthenticated,
  REGISTRY_CODES,
  type Refusal,
  type RegistryCode,
  type RegistryError,
  refused,
} from './errors.js';
import { retryAfterMs } from './retry-after.js';
import { statusText } from './status-text.js';

const ErrorBodySchema = v.object({
  error: v.object({ code: v.nullish(v.string()), message: v.nullish(v.string()) }),
});

/** What of the registry's own words may stand in an error. */
export interface Telling {
  /** Undefined: they may. Otherwise what stands there instead. */
  readonly instead: string | undefined;
  /** Left out wherever they stand: a registry may send back what it was sent. */
  readonly secrets: readonly string[];
}

/** Codes that are told where texts are not. */
const TOLD_ALWAYS: readonly string[] = ['authentication_service_unavailable', 'registration_conflict'];

/** `now`: milliseconds since 1970. */
export function refusalOf(answer: WholeAnswer, { instead, secrets }: Telling, now: number): RegistryError {
  const body = answer.body.toString();
  const read = readForeign(ErrorBodySchema, body);
  const { code, message } = 'value' in read ? read.value.error : {};
  const { status } = answer;
  const wait = retryAfterMs(answer.retryAfter, now);
  const known = isKnown(code) && { registryCode: code };
  const refusal: Refusal = { status, ...known, ...(wait !== undefined && { retryAfterMs: wait }) };

  const isShown = instead === undefined;
  const told = (text: string) => presentable(text, secrets);
  if (status === 401 || status === 403) {
    const text = isShown ? told(message ?? (body.trim() || 'empty error body')) : 'response body omitted';
    return notAuthenticated(statusText(status), text, refusal);
  }
  const codeTold = code != null && (isShown || TOLD_ALWAYS.includes(code)) ? `, ${told(code)}` : '';
  const text = isShown ? told(message ?? (body.trim() || 'empty or malformed error body')) : instead;
  return refused(statusText(status) + codeTold, text, refusal);
}

const isKnown = (code: string | null | undefined): code is RegistryCode =>
  (REGISTRY_CODES as readonly (string | null | undefined)[]).includes(code);

/** Control characters but tabs and line ends: they would be obeyed by the terminal on which this is read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

function presentable(text: string, secrets: readonly string[]): string {
  let told = text;
  for (const secret of secrets) told = told.replaceAll(secret, '[secret]');
  return [...told].slice(0, REGISTRY_TEXT_CHARACTERS).join('').replace(CONTROL, '\ufffd');
}
