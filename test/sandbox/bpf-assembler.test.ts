import test from 'ava';
import { assemble, type Line } from '#src/sandbox/bpf-assembler.js';
import { runFilter } from '#test/sandbox/support/bpf-machine.js';

const returns = (value: number): Line => ({ op: 'return', value });
const label = (name: string): Line => ({ op: 'label', name });
const fillers = (count: number): Line[] => Array.from({ length: count }, () => ({ op: 'load', offset: 0 }));

test('an instruction is eight bytes, little endian, and a label none', (t) => {
  const bytes = assemble([
    { op: 'load', offset: 16 },
    { op: 'mask', bits: 0xf },
    { op: 'test', is: 'equal', value: 0x0102_0304, ifTrue: 'end' },
    { op: 'test', is: 'at least', value: 5, ifFalse: 'end' },
    { op: 'test', is: 'any bit', value: 0x8000_0000, ifTrue: 'end', ifFalse: 'end' },
    returns(0x7fff_0000),
    label('end'),
    returns(0xffff_ffff),
  ]);
  t.is(
    Buffer.from(bytes).toString('hex').replace(/.{16}/g, '$& ').trim(),
    [
      '2000000010000000',
      '540000000f000000',
      '1500030004030201',
      '3500000205000000',
      '4500010100000080',
      '060000000000ff7f',
      '06000000ffffffff',
    ].join(' '),
  );
});

test('jumps reach over 255 instructions and no further', (t) => {
  const over = (count: number) =>
    assemble([
      { op: 'test', is: 'equal', value: 1, ifTrue: 'end' },
      ...fillers(count),
      returns(0),
      label('end'),
      returns(7),
    ]);
  t.is(runFilter(over(254), { architecture: 0, number: 0 }), 0);
  t.throws(() => over(255), { message: 'the label end is out of reach: 256 instructions' });
});

test('a jump leads forward to a label that is there', (t) => {
  const jump: Line = { op: 'test', is: 'equal', value: 1, ifFalse: 'end' };
  t.throws(() => assemble([label('end'), jump, returns(0)]), {
    message: 'the label end is out of reach: -1 instructions',
  });
  t.throws(() => assemble([jump, returns(0)]), { message: 'there is no label end' });
});
