/** ML-KEM-768: that of JavaScript, and that of the runtime where it has one. */
import test from 'ava';
import fc from 'fast-check';
import { isCanonicalKemKey, type Kem } from '#src/noise/kem.js';
import { nativeKem } from '#src/noise/native-kem.js';
import { loadNobleKem } from '#src/noise/noble-kem.js';
import { loadPrimitives } from '#src/noise/primitives.js';
import { systemRandom } from '#src/noise/random.js';
import { flipped } from './support/meeting.js';

const noble = await loadNobleKem();
const native = nativeKem();
const kems: readonly Kem[] = native === undefined ? [noble] : [noble, native];

for (const kem of kems) {
  test(`${kem.name}: the secret comes back out of its ciphertext, and another one out of a forged one`, (t) => {
    const { publicKey, privateKey } = kem.keyPair(systemRandom(64));
    const { ciphertext, sharedSecret } = kem.encapsulate(publicKey, systemRandom);
    t.deepEqual([publicKey.length, ciphertext.length, sharedSecret.length], [1184, 1088, 32]);
    t.deepEqual(Buffer.from(kem.decapsulate(ciphertext, privateKey)), Buffer.from(sharedSecret));
    const other = kem.decapsulate(flipped(ciphertext, 17), privateKey);
    t.notDeepEqual(Buffer.from(other), Buffer.from(sharedSecret));
    t.deepEqual(Buffer.from(kem.decapsulate(flipped(ciphertext, 17), privateKey)), Buffer.from(other));
  });

  test(`${kem.name}: a seed has one public key`, (t) => {
    const seed = systemRandom(64);
    t.deepEqual(Buffer.from(kem.keyPair(seed).publicKey), Buffer.from(noble.keyPair(seed).publicKey));
  });

  test(`${kem.name}: its ciphertexts are read by the other`, (t) => {
    const seed = systemRandom(64);
    for (const other of kems) {
      const { ciphertext, sharedSecret } = kem.encapsulate(other.keyPair(seed).publicKey, systemRandom);
      const read = other.decapsulate(ciphertext, other.keyPair(seed).privateKey);
      t.deepEqual(Buffer.from(read), Buffer.from(sharedSecret), other.name);
    }
  });
}

test('the one of the runtime is taken where there is one', async (t) => {
  t.is((await loadPrimitives()).kem.name, native === undefined ? 'noble' : 'native');
});

test('a key is canonical as long as no coefficient reaches 3329', (t) => {
  const { publicKey } = noble.keyPair(systemRandom(64));
  t.true(isCanonicalKemKey(publicKey));
  fc.assert(
    fc.property(fc.nat({ max: 767 }), fc.nat({ max: 4095 }), (index, coefficient) => {
      const key = withCoefficient(publicKey, index, coefficient);
      t.is(isCanonicalKemKey(key), coefficient < 3329);
      if (isCanonicalKemKey(key)) t.notThrows(() => noble.encapsulate(key, systemRandom));
      else t.throws(() => noble.encapsulate(key, systemRandom), { message: /modulus/ });
    }),
    {
      numRuns: 40,
      examples: [3328, 3329, 4095].flatMap((value): [number, number][] => [
        [0, value],
        [767, value],
      ]),
    },
  );
});

test('rho, behind the coefficients, may be anything', (t) => {
  const { publicKey } = noble.keyPair(systemRandom(64));
  t.true(isCanonicalKemKey(Uint8Array.from(publicKey).fill(0xff, 1152)));
});

function withCoefficient(publicKey: Uint8Array, index: number, coefficient: number): Uint8Array {
  const key = Uint8Array.from(publicKey);
  const at = Math.floor(index / 2) * 3;
  if (index % 2 === 0) {
    key[at] = coefficient & 0xff;
    key[at + 1] = (key[at + 1]! & 0xf0) | (coefficient >> 8);
  } else {
    key[at + 1] = (key[at + 1]! & 0x0f) | ((coefficient & 0x0f) << 4);
    key[at + 2] = coefficient >> 4;
  }
  return key;
}
