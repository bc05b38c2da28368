/** Every attack that is a script, made in the sandbox of its policy: it fails, or this is where it may not. */
import { ATTACKS } from './all-attacks.js';
import { attackTest } from './attack-test.js';

for (const { number, title, policy, script, succeeded, expected } of ATTACKS) {
  attackTest(`${number}: ${title}`, async (t, { attacker, scene }) => {
    const before = scene.fixed();
    const record = await attacker.run(scene, policy, `echo began; ${script}`);
    const output = record.output().toString();
    await scene.endVictim();
    t.true(output.startsWith('began\n'), output);
    t.is(succeeded(scene, output), expected === 'allowed', output);
    if (expected === 'blocked') t.deepEqual(scene.fixed(), before, output);
  });
}

// Has no control, for all processes of the machine would end. Where it could reach them it does not begin.
attackTest('20: kills whatever it can', async (t, { attacker, scene }) => {
  const script = 'test -d "/proc/$V" && echo reaches || { echo begins; kill -9 -1; }';
  t.is((await attacker.run(scene, 'workspace', script)).output('stdout').toString(), 'begins\n');
  t.is(await attacker.serves(scene), 'served');
  await scene.endVictim();
  t.false(scene.wasVictimKilled());
});
