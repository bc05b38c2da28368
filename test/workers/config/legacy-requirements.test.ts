import test from 'ava';
import { refusal } from '#test/support/refusal.js';
import { legacyRequirements } from '#workers/config/legacy-requirements.js';
import { parseToml } from '#workers/config/toml-document.js';
import { writeToml } from '#workers/config/toml-text.js';

const required = (text: string) => writeToml(legacyRequirements('/m.toml', parseToml(text)));

const REQUIREMENTS: readonly (readonly [setting: string, requirement: string])[] = [
  ['', ''],
  ['other = 1', ''],
  ['approval_policy = "never"', 'allowed_approval_policies = ["never"]\n'],
  ['approval_policy = "on-failure"', 'allowed_approval_policies = ["on-request"]\n'],
  ['approvals_reviewer = "user"', 'allowed_approvals_reviewers = ["user"]\n'],
  ['approvals_reviewer = "guardian_subagent"', 'allowed_approvals_reviewers = ["auto_review", "user"]\n'],
  ['sandbox_mode = "read-only"', 'allowed_sandbox_modes = ["read-only"]\n'],
  ['sandbox_mode = "workspace-write"', 'allowed_sandbox_modes = ["read-only", "workspace-write"]\n'],
  [
    'approval_policy = { granular = { sandbox_approval = true, rules = true, mcp_elicitations = false } }',
    '[[allowed_approval_policies]]\n\n[allowed_approval_policies.granular]\nsandbox_approval = true\nrules = true\n' +
      'skill_approval = false\nrequest_permissions = false\nmcp_elicitations = false\n',
  ],
];
for (const [setting, requirement] of REQUIREMENTS) {
  test(`${JSON.stringify(setting)} requires ${JSON.stringify(requirement)}`, (t) =>
    t.is(required(setting), requirement));
}

const FAULTS: readonly (readonly [setting: string, fault: string])[] = [
  ['sandbox_mode = "bogus"', 'sandbox_mode must be one of `read-only`, `workspace-write`, `danger-full-access`'],
  ['approvals_reviewer = 5', 'approvals_reviewer must be one of `user`, `auto_review`, `guardian_subagent`'],
  ['approval_policy = {}', 'approval_policy must be a word or have a table `granular`'],
  ['approval_policy = { granular = { sandbox_approval = true } }', 'approval_policy.granular.rules must be a boolean'],
];
for (const [setting, fault] of FAULTS) {
  test(`${setting}: ${fault}`, (t) => {
    t.is(
      refusal(() => required(setting)),
      `-32603 /m.toml: ${fault}`,
    );
  });
}
