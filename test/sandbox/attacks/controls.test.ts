/** Without a sandbox every attack succeeds: so a test that sees one fail inside of it has seen the sandbox. */
import test from 'ava';
import { ATTACKS } from './all-attacks.js';
import { Scene, USERS } from './scene.js';

for (const user of USERS) {
  for (const { number, title, control, script, succeeded } of ATTACKS) {
    if (control === 'root' && user.uid !== 0) continue;
    if (control === 'if root has made the scene' && process.getuid!() !== 0) continue;
    test(`attack ${number} of ${user.name} without a sandbox: ${title}`, async (t) => {
      await using scene = await Scene.open(user);
      t.false(succeeded(scene, ''), 'it had succeeded before it was made');
      const output = scene.runFree(script);
      await scene.endVictim();
      const lacksIt = control === 'if the kernel has it' && /not supported|not implemented/.test(output);
      t.true(lacksIt || succeeded(scene, output), output);
    });
  }
}

test('no two attacks have one name', (t) => {
  t.is(new Set(ATTACKS.map(({ number, title }) => `${number} ${title}`)).size, ATTACKS.length);
});
