import test from 'ava';
import * as v from 'valibot';
import { sandboxContext } from '#src/protocol/sandbox.js';
import { ATTACKS } from './all-attacks.js';
import { sandboxOf } from './attack.js';

test('the policy of every attack is one that the wire takes', (t) => {
  for (const policy of new Set(ATTACKS.map((attack) => attack.policy))) {
    const sandbox = v.parse(sandboxContext, sandboxOf(policy, '/w'));
    t.is(sandbox.permissions.type, 'managed', policy);
    t.deepEqual(sandbox.workspaceRoots.map(String), ['file:///w'], policy);
  }
});
