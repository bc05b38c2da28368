/** Classic BPF, as much of it as a filter of system calls needs: lines with names to jump to, and the kernel's instructions. */

export type Line =
  /** The word at this offset of the data becomes the accumulator. */
  | { readonly op: 'load'; readonly offset: number }
  /** The accumulator keeps only these bits. */
  | { readonly op: 'mask'; readonly bits: number }
  /** Compares the accumulator, unsigned, and jumps to a label further down; without one to the next line. */
  | {
      readonly op: 'test';
      readonly is: 'equal' | 'at least' | 'any bit';
      readonly value: number;
      readonly ifTrue?: string;
      readonly ifFalse?: string;
    }
  | { readonly op: 'return'; readonly value: number }
  | { readonly op: 'label'; readonly name: string };

const INSTRUCTION_BYTES = 8;
const LOAD_WORD = 0x20;
const AND = 0x54;
const TEST = { equal: 0x15, 'at least': 0x35, 'any bit': 0x45 } as const;
const RETURN = 0x06;
/** Jumps are a byte, counted from the next instruction. */
const LONGEST_JUMP = 255;

/**
 * Out: 8 bytes per instruction, little endian: u16 code, u8 instructions to skip when true, u8 when false, u32 operand.
 * Throws when a label is missing, behind its jump or too far away: a mistake in the lines, never in their numbers.
 */
export function assemble(lines: readonly Line[]): Uint8Array {
  const { instructions, labels } = place(lines);
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, line] of instructions.entries()) {
    const { code, skipIfTrue, skipIfFalse, operand } = encode(line, (label) => distance(labels, label, index));
    view.setUint16(index * INSTRUCTION_BYTES, code, true);
    view.setUint8(index * INSTRUCTION_BYTES + 2, skipIfTrue);
    view.setUint8(index * INSTRUCTION_BYTES + 3, skipIfFalse);
    view.setUint32(index * INSTRUCTION_BYTES + 4, operand, true);
  }
  return bytes;
}

type Instruction = Exclude<Line, { op: 'label' }>;

/** The lines that become instructions, and for each label the index of the instruction it stands before. */
function place(lines: readonly Line[]): { instructions: Instruction[]; labels: Map<string, number> } {
  const instructions: Instruction[] = [];
  const labels = new Map<string, number>();
  for (const line of lines) {
    if (line.op === 'label') labels.set(line.name, instructions.length);
    else instructions.push(line);
  }
  return { instructions, labels };
}

function encode(line: Instruction, skip: (label: string | undefined) => number) {
  switch (line.op) {
    case 'load':
      return { code: LOAD_WORD, skipIfTrue: 0, skipIfFalse: 0, operand: line.offset };
    case 'mask':
      return { code: AND, skipIfTrue: 0, skipIfFalse: 0, operand: line.bits };
    case 'test':
      return {
        code: TEST[line.is],
        skipIfTrue: skip(line.ifTrue),
        skipIfFalse: skip(line.ifFalse),
        operand: line.value,
      };
    case 'return':
      return { code: RETURN, skipIfTrue: 0, skipIfFalse: 0, operand: line.value };
  }
}

function distance(labels: ReadonlyMap<string, number>, label: string | undefined, index: number): number {
  if (label === undefined) return 0;
  const target = labels.get(label);
  if (target === undefined) throw new Error(`there is no label ${label}`);
  const skipped = target - index - 1;
  if (skipped < 0 || skipped > LONGEST_JUMP)
    throw new Error(`the label ${label} is out of reach: ${skipped} instructions`);
  return skipped;
}
