/** Protobuf messages field by field, so that each can be damaged as no encoder would write it. */
import type { Chance } from './chance.js';

interface Field {
  number: number;
  wireType: number;
  /** Behind the tag: the varint, or the length and what it measures, already written. */
  content: Buffer;
}

export const VARINT = 0;
export const BYTES = 2;

export const number = (field: number, value: number): Field => ({
  number: field,
  wireType: VARINT,
  content: varint(value),
});
export const bytes = (field: number, value: Uint8Array): Field => ({
  number: field,
  wireType: BYTES,
  content: Buffer.concat([varint(value.length), value]),
});
export const message = (field: number, fields: readonly Field[]): Field => bytes(field, write(fields));

export const write = (fields: readonly Field[]): Buffer =>
  Buffer.concat(fields.flatMap(({ number, wireType, content }) => [varint(number * 8 + wireType), content]));

/** The fields of a message with some of them damaged. */
export function damagedFields(fields: readonly Field[], chance: Chance): Field[] {
  const changed = fields.map((field) => ({ ...field }));
  for (let left = chance.between(1, 2); left > 0; left -= 1) damage(changed, chance);
  return changed;
}

function damage(fields: Field[], chance: Chance): void {
  const at = chance.below(fields.length + 1);
  const field = fields[at];
  switch (chance.below(9)) {
    case 0:
      fields.splice(at, 1);
      return;
    case 1:
      if (field !== undefined) fields.push({ ...field });
      return;
    case 2:
      fields.splice(at, 0, number(chance.pick([0, 1, 3, 11, 536_870_911]), chance.u32()));
      return;
    case 3:
      fields.splice(at, 0, bytes(chance.between(1, 12), chance.bytes(chance.below(20))));
      return;
    case 4:
      if (field !== undefined) field.wireType = chance.below(8);
      return;
    case 5:
      if (field !== undefined) field.number = chance.between(0, 12);
      return;
    case 6:
      if (field !== undefined) field.content = Buffer.concat([longVarint(chance), field.content]);
      return;
    case 7:
      // Groups, each in the one before, as deep as there is room.
      fields.splice(at, 0, { number: 15, wireType: 3, content: Buffer.alloc(chance.pick([1, 99, 101, 40_000]), 0x7b) });
      return;
    default:
      if (field !== undefined) field.content = field.content.subarray(0, chance.below(field.content.length + 1));
  }
}

/** Longer than a number of 32 bits needs, or than any may be. */
const longVarint = (chance: Chance): Buffer =>
  Buffer.from([...chance.times(chance.between(4, 12), () => 0x80 | chance.below(128)), chance.below(128)]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
}

/** Some bytes changed, cut off, put in or repeated. */
export function damagedBytes(whole: Uint8Array, chance: Chance): Buffer {
  const at = chance.below(whole.length + 1);
  const [before, behind] = [whole.subarray(0, at), whole.subarray(at)];
  switch (chance.below(5)) {
    case 0:
      return Buffer.from(before);
    case 1:
      return Buffer.concat([before, chance.bytes(chance.between(1, 40)), behind]);
    case 2:
      return Buffer.concat([before, behind.subarray(chance.between(1, 40))]);
    case 3:
      return Buffer.concat([whole, before]);
    default: {
      const copy = Buffer.from(whole);
      for (let left = chance.pick([1, 1, 2, 8]); left > 0 && copy.length > 0; left -= 1)
        copy[chance.below(copy.length)]! ^= 1 << chance.below(8);
      return copy;
    }
  }
}
