import test from 'ava';
import fc from 'fast-check';
import { prologueOf } from '#src/noise/prologue.js';
import { hex } from './support/vectors.js';

const text = fc.string({ unit: 'grapheme', maxLength: 4 });
const place = fc.record({ environmentId: text, executorRegistrationId: text, streamId: text });

test('two places have the same prologue only if they are the same', (t) => {
  fc.assert(
    fc.property(place, place, (one, other) => {
      t.is(hex(prologueOf(one)) === hex(prologueOf(other)), JSON.stringify(one) === JSON.stringify(other));
    }),
    { examples: [[PLACE, { ...PLACE, environmentId: 'ar', executorRegistrationId: 'eg' }]] },
  );
});

const PLACE = { environmentId: 'a', executorRegistrationId: 'reg', streamId: '' };

test('each part stands behind the length of its bytes', (t) => {
  const prologue = Buffer.from(prologueOf({ environmentId: 'ü', executorRegistrationId: '', streamId: 'x' }));
  t.is(hex(prologue.subarray(8 + 32)), '0000000000000002c3bc' + '0000000000000000' + '000000000000000178');
});
