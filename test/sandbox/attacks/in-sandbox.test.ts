/** Every attack that is a script, made by way of an executor in the sandbox of its policy: it fails, or this is where it may not. */
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ATTACKS } from './all-attacks.js';
import { Attacker } from './attacker.js';
import { Scene, USERS } from './scene.js';

const sandboxed = canSandbox ? test.serial : test.serial.skip;

for (const user of USERS) {
  let attacker: Attacker;
  test.before(async () => {
    attacker = await Attacker.open(user);
  });
  test.after.always(() => attacker[Symbol.asyncDispose]());

  for (const { number, title, policy, script, succeeded, expected } of ATTACKS) {
    sandboxed(`attack ${number} of ${user.name} in a sandbox: ${title}`, async (t) => {
      await using scene = await Scene.open(user);
      const before = scene.fixed();
      const record = await attacker.run(scene, policy, `echo began; ${script}`);
      const output = record.output().toString();
      await scene.endVictim();
      t.true(output.startsWith('began\n'), output);
      t.is(succeeded(scene, output), expected === 'allowed', output);
      if (expected === 'blocked') t.deepEqual(scene.fixed(), before, output);
    });
  }
}
