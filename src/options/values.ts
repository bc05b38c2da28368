/** What may stand behind a flag. `flags`: how the help writes it, `--listen <URL>`. Errors: UsageError, in the words of 0.169.0. */
import { LARGEST_REPLY_BYTES, LONGEST_DRAIN_S, SMALLEST_REPLY_BYTES } from '../protocol/limits.js';
import { parseSocketAddress, type SocketAddress } from '../transport/socket-address.js';
import { WS_AUTH_MODES, type WsAuthMode } from '../transport/ws-auth-options.js';
import { UsageError } from './usage-error.js';

export function readPath(path: string, flags: string): string {
  if (path !== '') return path;
  throw new UsageError(`a value is required for '${flags}' but none was supplied`);
}

export const readMode = (value: string, flags: string): WsAuthMode => readOneOf(WS_AUTH_MODES, value, flags);

export function readOneOf<T extends string>(known: readonly T[], value: string, flags: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  const values = `\n  [possible values: ${known.join(', ')}]`;
  if (value === '') throw new UsageError(`a value is required for '${flags}' but none was supplied${values}`);
  throw new UsageError(`invalid value '${value}' for '${flags}'${values}`);
}

export function readCount(value: string, flags: string): number {
  const count = readU64(value, flags);
  if (count === 0n) throw invalidNumber(value, flags, 'number would be zero for non-zero type');
  return Number(count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : count);
}

export const readReplyBytes = (value: string, flags: string): number =>
  readWithin(value, flags, SMALLEST_REPLY_BYTES, LARGEST_REPLY_BYTES);

export function readWithin(value: string, flags: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = readU64(value, flags);
  if (number < least) throw invalidNumber(value, flags, `must be at least ${least}`);
  if (number > most) throw invalidNumber(value, flags, `must be at most ${most}`);
  return Number(number);
}

export function readDrainSeconds(value: string, flags: string): number {
  const seconds = readU64(value, flags);
  if (seconds > LONGEST_DRAIN_S) throw invalidNumber(value, flags, `must be at most ${LONGEST_DRAIN_S}`);
  return Number(seconds);
}

export function readSocketAddress(value: string, flags: string): SocketAddress {
  const address = parseSocketAddress(value);
  if (address) return address;
  throw new UsageError(`invalid value '${value}' for '${flags}': expected IP:PORT`);
}

const U64_MAX = 2n ** 64n - 1n;

export function readU64(value: string, flags: string): bigint {
  if (value === '') throw invalidNumber(value, flags, 'cannot parse integer from empty string');
  if (!/^\+?\d+$/.test(value)) throw invalidNumber(value, flags, 'invalid digit found in string');
  const number = BigInt(value.replace('+', ''));
  if (number > U64_MAX) throw invalidNumber(value, flags, 'number too large to fit in target type');
  return number;
}

const invalidNumber = (value: string, flags: string, why: string): UsageError =>
  new UsageError(`invalid value '${value}' for '${flags}': ${why}`);
