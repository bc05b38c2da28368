import test from 'ava';
import { loadSodiumDh } from '#src/noise/sodium-dh.js';
import { bytes, hex } from './support/vectors.js';

const dh = await loadSodiumDh();

const ALICE = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
const BOB = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb';

test('two parties come to the secret of RFC 7748, 6.1', (t) => {
  const [alice, bob] = [bytes(ALICE), bytes(BOB)];
  const secret = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  t.is(hex(dh.publicKeyOf(alice)), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  t.is(hex(dh.publicKeyOf(bob)), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  t.is(hex(dh.sharedSecret(alice, dh.publicKeyOf(bob))), secret);
  t.is(hex(dh.sharedSecret(bob, dh.publicKeyOf(alice))), secret);
});

/** 0, 1, both points of order 8, and p - 1, p, p + 1. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];
for (const point of SMALL_ORDER) {
  test(`no secret comes of the point ${point}`, (t) => {
    t.throws(() => dh.sharedSecret(bytes(ALICE), bytes(point)), {
      code: 'handshakeFailed',
      message: 'Noise channel handshake failed: X25519 shared secret is zero',
    });
  });
}
