import { endianness } from 'node:os';
import test from 'ava';
import { socketsAt, type Tables, tableEnd } from '#workers/peers/tcp-table.js';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                     \n';
/** As this kernel writes them: a listener, a connection from both its ends, one that nobody has open any more. */
const TABLES: Tables = {
  tcp: `${HEAD}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0000000000000000 100 0 0 10 0                       
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 101 1 0000000000000000 20 4 30 10 -1                      
   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 102 1 0000000000000000 20 4 30 10 -1                      
 123: 0100007F:D432 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1                      
1234: 0100007F:D431 020200C0:0050 01 00000000:00000000 00:00000000 00000000  1001        0 103 1 0000000000000000 20 4 30 10 -1
`,
  tcp6: `${HEAD.replace('rem', 'remote')}   0: 0000000000000000FFFF00000100007F:D433 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 104 1 0000000000000000 20 4 30 10 -1
   1: 00000000000000000000000001000000:D434 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 105 1 0000000000000000 20 4 30 10 -1
   2: 000000FD000000000000000002000000:D435 000000FD000000000000000002000000:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 106 1 0000000000000000 20 4 30 10 -1
`,
};

const between = (from: readonly [string, number], to?: readonly [string, number]) =>
  socketsAt(TABLES, tableEnd(...from)!, to && tableEnd(...to)!);
const inodes = (...ends: Parameters<typeof between>) => between(...ends).map(({ inode }) => inode);

// The texts are those of a machine with the low byte first.
const onLittleEndian = endianness() === 'LE' ? test : test.skip;

onLittleEndian('a socket is found by both its ends, and its peer is another', (t) => {
  t.deepEqual(between(['127.0.0.1', 54321], ['127.0.0.1', 8080]), [{ uid: 1000, inode: '102' }]);
  t.deepEqual(inodes(['127.0.0.1', 8080], ['127.0.0.1', 54321]), ['101']);
  t.deepEqual(inodes(['127.0.0.1', 54321], ['127.0.0.2', 8080]), []);
  t.deepEqual(inodes(['127.0.0.1', 5432], ['127.0.0.1', 8080]), []);
});

onLittleEndian('one that nobody has open any more has no inode', (t) => {
  t.deepEqual(inodes(['127.0.0.1', 54322], ['127.0.0.1', 8080]), ['0']);
});

onLittleEndian('by one end all that are bound to it are found', (t) => {
  t.deepEqual(inodes(['127.0.0.1', 54321]), ['102', '103']);
});

onLittleEndian('IPv4 is looked for in both tables, however it is spelled', (t) => {
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7f00:1']) {
    t.deepEqual(inodes([address, 54323], ['127.0.0.1', 8080]), ['104'], address);
    t.deepEqual(inodes([address, 54321], ['::ffff:127.0.0.1', 8080]), ['102'], address);
  }
});

onLittleEndian('IPv6 is found, with and without its zeros and a zone', (t) => {
  for (const address of ['::1', '0:0:0:0:0:0:0:1', '::0.0.0.1', '::1%lo']) {
    t.deepEqual(inodes([address, 54324], ['::1', 8080]), ['105'], address);
  }
  t.deepEqual(inodes(['fd00::2', 54325], ['fd00:0::0:2', 8080]), ['106']);
});

test('what is no address is no end', (t) => {
  for (const address of ['', 'localhost', 'unknown']) t.is(tableEnd(address, 1), undefined);
});
