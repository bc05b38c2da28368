/**
 * Finds out on which connections a sandbox may be at the other end. A sandbox has a user namespace of its own, which it cannot
 * leave; but it can hide its descriptors, so a peer of our own user that cannot be found counts as one.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { FileTasks } from '#src/pool/file-calls.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import { socketsAt, type TableSocket, type Tables, tableEnd } from './tcp-table.js';

type Connection = FileTasks['judgePeers']['task']['connections'][number];

/** In the order of the connections: whether each may be served. Errors: the system's, where it has no such tables. */
export function judgePeers({ connections }: FileTasks['judgePeers']['task']): boolean[] {
  const tables = readTables();
  const found = connections.map((connection) => peerSockets(tables, connection));
  const uid = process.geteuid!();
  const ours = found.flatMap((sockets) => sockets?.filter((socket) => socket.uid === uid) ?? []);
  const owners =
    ours.length === 0 ? new Map<string, string[]>() : namespacesOf(new Set(ours.map(({ inode }) => inode)));
  const own = readlinkSync('/proc/self/ns/user');

  const isHarmless = ({ uid: its, inode }: TableSocket): boolean => {
    if (inode === NO_INODE) return false;
    if (its !== uid) return true;
    const namespaces = owners.get(inode) ?? [];
    return namespaces.length > 0 && namespaces.every((namespace) => namespace === own);
  };
  return found.map((sockets) => sockets?.every(isHarmless) ?? false);
}

const NO_INODE = '0';

function readTables(): Tables {
  // A machine without IPv6 has no table for it.
  const tcp6 = orUndefined(() => readFileSync('/proc/net/tcp6', 'latin1')) ?? '';
  return { tcp: readFileSync('/proc/net/tcp', 'latin1'), tcp6 };
}

/**
 * The sockets at the other end, as far as it is on this machine: none for a peer elsewhere, undefined for one that must be here
 * and is not found. It may have connected to another address that the system translates, so its own end decides then.
 */
function peerSockets(
  tables: Tables,
  { peerAddress, peerPort, ownAddress, ownPort }: Connection,
): TableSocket[] | undefined {
  const peer = tableEnd(peerAddress, peerPort);
  const own = tableEnd(ownAddress, ownPort);
  if (!peer || !own) return undefined;
  const exact = socketsAt(tables, peer, own);
  const found = exact.length > 0 ? exact : socketsAt(tables, peer);
  return found.length > 0 || !isOfThisMachine(peerAddress, ownAddress) ? found : undefined;
}

/** A socket that is bound to any address of this machine can connect to the loopback interface. */
function isOfThisMachine(peerAddress: string, ownAddress: string): boolean {
  const here = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  const spelled = (address: string): string | undefined => tableEnd(address, 0)?.tcp6;
  const peer = spelled(peerAddress);
  return (
    [peerAddress, ownAddress].some(isLoopback) || [ownAddress, ...here].some((address) => spelled(address) === peer)
  );
}

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/i.test(address);

/** The user namespaces of all processes that have these sockets open, by inode. What cannot be looked at is not there. */
function namespacesOf(inodes: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const inode of socketsOf(pid)) {
      if (!inodes.has(inode)) continue;
      const namespace = orUndefined(() => readlinkSync(`/proc/${pid}/ns/user`)) ?? 'hidden';
      found.set(inode, [...(found.get(inode) ?? []), namespace]);
    }
  }
  return found;
}

function socketsOf(pid: string): string[] {
  const descriptors = orUndefined(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.flatMap((fd) => {
    const target = orUndefined(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return target?.startsWith(SOCKET) ? [target.slice(SOCKET.length, -1)] : [];
  });
}

const SOCKET = 'socket:[';
