/** The system's tables of TCP sockets, /proc/net/tcp and tcp6, as texts. */
import { endianness } from 'node:os';

/** A socket of this machine. */
export interface TableSocket {
  readonly uid: number;
  /** '0' when it belongs to no open descriptor any more; its uid means nothing then. */
  readonly inode: string;
}

/** One end as the tables spell it; undefined for what is no address. An IPv4 address may stand in either table. */
export interface TableEnd {
  readonly tcp: string | undefined;
  readonly tcp6: string;
}

export interface Tables {
  readonly tcp: string;
  readonly tcp6: string;
}

/** A table has words of 32 bits, each written in the byte order of the machine. */
const WORD_BYTES = 4;

/** `address` as sockets say it: IPv4, IPv6, IPv4 within IPv6; a zone is left out. */
export function tableEnd(address: string, port: number): TableEnd | undefined {
  const bytes = addressBytes(address.replace(/%.*$/, ''));
  if (!bytes) return undefined;
  const at = `:${hex(port, 4)}`;
  const isIPv4 = MAPPED.every((byte, index) => bytes[index] === byte);
  return { tcp: isIPv4 ? words(bytes.slice(MAPPED.length)) + at : undefined, tcp6: words(bytes) + at };
}

/** The sockets that are bound to `from` and connected to `to`, or, without `to`, to anything. */
export function socketsAt(tables: Tables, from: TableEnd, to?: TableEnd): TableSocket[] {
  return (['tcp', 'tcp6'] as const).flatMap((name) => {
    const [near, far] = [from[name], to?.[name]];
    if (near === undefined || (to && far === undefined)) return [];
    return socketsWith(tables[name], far === undefined ? ` ${near} ` : ` ${near} ${far} `);
  });
}

/** Lines are `number: local remote state queues timer retransmits uid timeout inode ...`. */
function socketsWith(table: string, ends: string): TableSocket[] {
  const found: TableSocket[] = [];
  for (let at = table.indexOf(`:${ends}`); at >= 0; at = table.indexOf(`:${ends}`, at + 1)) {
    const end = table.indexOf('\n', at);
    const [, , , , , , , uid, , inode] = table.slice(at, end < 0 ? undefined : end).split(/ +/);
    if (uid !== undefined && inode !== undefined) found.push({ uid: Number(uid), inode });
  }
  return found;
}

/** ::ffff:0:0/96, where IPv6 sockets find IPv4. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** 16 bytes, an IPv4 address within IPv6. */
function addressBytes(address: string): number[] | undefined {
  const [, before = '', ipv4] = /^((?:.*:)?)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const last = ipv4?.split('.').map(Number) ?? [];
  if (ipv4 !== undefined && before === '') return [...MAPPED, ...last];
  const groups =
    ipv4 === undefined ? address : `${before}${hex(last[0]! * 256 + last[1]!, 4)}:${hex(last[2]! * 256 + last[3]!, 4)}`;
  if (!groups.includes(':')) return undefined;
  const [head, tail] = groups.split('::').map(groupBytes);
  if (!tail) return head;
  return [...head!, ...new Array<number>(16 - head!.length - tail.length).fill(0), ...tail];
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}

function words(bytes: readonly number[]): string {
  const parts = Array.from({ length: bytes.length / WORD_BYTES }, (_, index) =>
    bytes.slice(index * WORD_BYTES, (index + 1) * WORD_BYTES),
  );
  return parts
    .map((part) => (endianness() === 'LE' ? part.toReversed() : part).map((byte) => hex(byte, 2)).join(''))
    .join('');
}

const hex = (number: number, digits: number): string => number.toString(16).toUpperCase().padStart(digits, '0');
