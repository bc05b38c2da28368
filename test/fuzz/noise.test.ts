/** Whatever is sent in the place of a handshake message or a record: it is refused in a known way, and never taken for another. */
import { deepEqual, ok } from 'node:assert/strict';
import test from 'ava';
import { initiatorChannel, responderChannel } from '#src/noise/channel.js';
import { NoiseError, type NoiseErrorCode } from '#src/noise/errors.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { MLKEM_CIPHERTEXT_BYTES, X25519_KEY_BYTES } from '#src/noise/sizes.js';
import { Meeting } from '#test/noise/support/meeting.js';
import { fuzz } from './support/cases.js';
import type { Chance } from './support/chance.js';
import { damagedBytes } from './support/wire-fields.js';

const meeting = new Meeting(await loadPrimitives());

test.serial('message 1 with any damage is refused', async (t) => {
  const { message } = meeting.request();
  await fuzz(t, 600, (chance) => {
    const wrong = chance.oneIn(5) ? chance.bytes(chance.pick([0, 1, 1_000, 4_000])) : damagedMessage(message, chance);
    if (!wrong.equals(message)) refused(() => meeting.receive(wrong), 'handshakeFailed', 'invalidMessage');
  });
});

test.serial('message 2 with any damage is refused', async (t) => {
  await fuzz(t, 150, (chance) => {
    const { message, requested } = meeting.request();
    const right = Buffer.from(meeting.accept(meeting.receive(message).received).message);
    const wrong = damagedMessage(right, chance);
    if (!wrong.equals(right)) refused(() => meeting.finish(requested, wrong), 'handshakeFailed', 'invalidMessage');
  });
});

test.serial(
  'records come out as they were sealed, up to the first that is damaged, left out or repeated',
  async (t) => {
    const keys = () => ({
      toResponder: Buffer.alloc(32, 1),
      toInitiator: Buffer.alloc(32, 2),
      handshakeHash: Buffer.alloc(32),
    });
    await fuzz(t, 10_000, (chance) => {
      const { sealer } = initiatorChannel(keys());
      const { opener } = responderChannel(keys());
      const plain = chance.times(chance.between(2, 6), () => chance.bytes(chance.pick([0, 1, 40, 2_000])));
      const sealed: Buffer[] = plain.map((record) => sealer.seal(record));
      const at = chance.below(sealed.length - 1);
      const right = sealed[at]!;
      const wrong = chance.oneIn(3) ? sealed[at + 1]! : damagedBytes(right, chance);
      sealed[at] = wrong;
      for (let before = 0; before < at; before += 1) deepEqual(opener.open(sealed[before]!), plain[before]);
      if (wrong.equals(right)) return;
      for (let left = at; left < sealed.length; left += 1)
        refused(() => opener.open(sealed[left]!), 'transportFailed', 'invalidMessage');
    });
  },
);

function refused(work: () => unknown, ...codes: readonly NoiseErrorCode[]): void {
  try {
    work();
  } catch (error) {
    ok(error instanceof NoiseError && codes.includes(error.code), String(error));
    return;
  }
  throw new Error('it was taken');
}

/** Anywhere, or at the edges of its parts. */
function damagedMessage(message: Uint8Array, chance: Chance): Buffer {
  if (chance.oneIn(2)) return damagedBytes(message, chance);
  const copy = Buffer.from(message);
  const edge = chance.pick([0, MLKEM_CIPHERTEXT_BYTES, MLKEM_CIPHERTEXT_BYTES + X25519_KEY_BYTES, copy.length - 16]);
  copy.fill(chance.pick([0, 0xff]), edge, Math.min(copy.length, edge + chance.pick([1, 16, X25519_KEY_BYTES])));
  return copy;
}
