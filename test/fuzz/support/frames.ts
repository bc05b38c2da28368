/** Frames of the relay, right and wrong. */
import type { Body } from '#src/relay/frame.js';
import type { Chance } from './chance.js';
import { bytes, damagedBytes, damagedFields, message, number, write } from './wire-fields.js';

export function bodyBy(chance: Chance): Body {
  switch (chance.below(8)) {
    case 0:
      return { kind: 'ack' };
    case 1:
      return { kind: 'heartbeat' };
    case 2:
      return { kind: 'resume', nextSeq: chance.u32() };
    case 3:
      return { kind: 'reset', reason: chance.pick(['closed', 'é', 'x'.repeat(2_000)]) };
    case 4:
    case 5:
      return { kind: 'handshake', payload: chance.bytes(chance.between(1, 60)) };
    default:
      return { kind: 'data', seq: chance.u32(), payload: chance.bytes(chance.between(1, 60)) };
  }
}

const NUMBER_OF: Readonly<Record<Body['kind'], number>> = {
  data: 5,
  ack: 6,
  resume: 7,
  reset: 8,
  heartbeat: 9,
  handshake: 10,
};

function fieldsOf(body: Body) {
  switch (body.kind) {
    case 'data':
      return [number(1, body.seq), number(2, 0), number(3, 1), bytes(4, body.payload)];
    case 'resume':
      return [number(1, body.nextSeq)];
    case 'reset':
      return [bytes(1, Buffer.from(body.reason))];
    case 'handshake':
      return [bytes(1, body.payload)];
    case 'ack':
    case 'heartbeat':
      return [];
    default:
      return body satisfies never;
  }
}

/** One WebSocket message of a link, with damage to its fields, those of its body, or its bytes; one in five has none. */
export function hostileFrame(streamId: string, body: Body, chance: Chance): Buffer {
  const [where, inside] = [chance.below(5), fieldsOf(body)];
  const content = where === 1 ? damagedFields(inside, chance) : inside;
  const fields = [
    number(1, 1),
    bytes(2, Buffer.from(streamId)),
    number(3, chance.u32()),
    number(4, chance.u32()),
    message(NUMBER_OF[body.kind], content),
  ];
  const frame = write(where === 2 ? damagedFields(fields, chance) : fields);
  return where >= 3 ? damagedBytes(frame, chance) : frame;
}
