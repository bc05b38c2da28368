/** Attack 43: arguments and variables that no program can be started with bring the executor down. */
import { INTERNAL_ERROR } from '#src/protocol/errors.js';
import { attackTest } from './attack-test.js';

const TOO_LONG = { code: INTERNAL_ERROR, message: 'Argument list too long (os error 7)' };
const many = Array.from({ length: 40 }, () => 'x'.repeat(100_000));
const HUGE = {
  'arguments of four megabytes': { argv: ['/bin/true', ...many] },
  'variables of four megabytes': { env: Object.fromEntries(many.map((value, index) => [`V${index}`, value])) },
  'one argument of 140 kB': { argv: ['/bin/true', 'x'.repeat(140_000)] },
  'one variable of 140 kB': { env: { V: 'x'.repeat(140_000) } },
};

for (const [title, more] of Object.entries(HUGE)) {
  attackTest(`43: ${title}`, async (t, { attacker, scene }) => {
    for (const policy of ['workspace', 'none'] as const) {
      await t.throwsAsync(attacker.start(scene, policy, ':', { more }), TOO_LONG, policy);
      t.is(await attacker.serves(scene), 'served');
    }
  });
}

attackTest('43: what is just short enough is served', async (t, { attacker, scene }) => {
  for (const policy of ['workspace', 'none'] as const) {
    const more = { argv: ['/bin/true', 'x'.repeat(131_071)] };
    t.is((await attacker.run(scene, policy, '', { more })).exitCode, 0, policy);
  }
});
