/** Runs a filter of system calls as the kernel does, as far as such filters go. */

export interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly args?: readonly bigint[];
}

/** The value that the filter returns. Throws where the kernel would refuse the filter, and at the end of the program. */
export function runFilter(filter: Uint8Array, { architecture, number, args = [] }: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  for (const [index, value] of args.entries()) data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), true);

  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  let next = 0;
  for (;;) {
    const at = 8 * next;
    const operand = program.getUint32(at + 4, true);
    next += 1;
    const jump = (holds: boolean) => {
      next += program.getUint8(at + (holds ? 2 : 3));
    };
    switch (program.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(operand, true);
        break;
      case 0x54:
        accumulator = (accumulator & operand) >>> 0;
        break;
      case 0x15:
        jump(accumulator === operand);
        break;
      case 0x35:
        jump(accumulator >= operand);
        break;
      case 0x45:
        jump((accumulator & operand) !== 0);
        break;
      case 0x06:
        return operand;
      default:
        throw new Error(`instruction ${next - 1} has a code that no filter has`);
    }
  }
}
