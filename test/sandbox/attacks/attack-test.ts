/** Tests that make an attack by way of an executor, one after the other, as root and as an ordinary user. */
import test, { type ExecutionContext } from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { Attacker } from './attacker.js';
import { Scene, USERS, type User } from './scene.js';

export interface Stage {
  readonly attacker: Attacker;
  /** Of this test alone. */
  readonly scene: Scene;
  readonly user: User;
}

/** One for each user, for all tests of a file. */
const attackers = new Map<User, Attacker>();

test.after.always(async () => {
  for (const attacker of attackers.values()) await attacker[Symbol.asyncDispose]();
});

/** The title begins with the number of the attack and a colon. Skipped where there is no bubblewrap, or something else is missing. */
export function attackTest(
  title: string,
  run: (t: ExecutionContext, stage: Stage) => Promise<void>,
  { canRun = true } = {},
): void {
  for (const user of USERS) {
    (canSandbox && canRun ? test.serial : test.serial.skip)(`${title} (${user.name})`, async (t) => {
      const attacker = attackers.get(user) ?? (await Attacker.open(user));
      attackers.set(user, attacker);
      await using scene = await Scene.open(user);
      await run(t, { attacker, scene, user });
    });
  }
}
