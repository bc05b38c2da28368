import test from 'ava';
import { readSkillSettings } from '#workers/capabilities/skill-settings.js';

const TOOL = {
  type: 'mcp',
  value: 'v',
  description: null,
  transport: null,
  command: null,
  url: null,
  oauthCallbackPort: null,
};
const NOTHING = { dependencies: null, policy: null };

const tools = (...lines: readonly string[]) =>
  readSkillSettings(`dependencies:\n  tools:\n    - ${lines.join('\n      ')}\n`).dependencies?.tools;

test('what a skill needs comes with all its members, texts in one line', (t) => {
  t.deepEqual(
    tools(
      'type: mcp',
      'value: " a  b "',
      'description: d',
      'transport: t',
      'command: c',
      'url: u',
      'oauth: {callback_port: 80}',
      'more: x',
    ),
    [{ type: 'mcp', value: 'a b', description: 'd', transport: 't', command: 'c', url: 'u', oauthCallbackPort: 80 }],
  );
  t.deepEqual(tools('type: mcp', 'value: v', 'description: " "'), [TOOL]);
  t.deepEqual(tools('type: 5', 'value: true'), [{ ...TOOL, type: '5', value: 'true' }]);
});

test('a tool without a kind or a value is left out, the others stay', (t) => {
  t.deepEqual(tools('type: mcp', 'value: v\n    - type: x\n    - value: y\n    - {}'), [TOOL]);
  t.is(tools('type: mcp'), undefined);
  t.is(tools('type: ""', 'value: v'), undefined);
});

test('texts have limits: what is too long is as good as absent', (t) => {
  t.is(tools('type: mcp', `value: ${'v'.repeat(1024)}`)?.length, 1);
  t.is(tools('type: mcp', `value: ${'v'.repeat(1025)}`), undefined);
  t.is(tools(`type: ${'t'.repeat(65)}`, 'value: v'), undefined);
  t.deepEqual(tools('type: mcp', 'value: v', `transport: ${'t'.repeat(65)}`, `url: ${'u'.repeat(1025)}`), [TOOL]);
});

const POLICIES: readonly (readonly [yaml: string, policy: object | null])[] = [
  ['policy:', null],
  ['policy: {}', { allowImplicitInvocation: null, products: [] }],
  ['policy: {allow_implicit_invocation: true}', { allowImplicitInvocation: true, products: [] }],
  ['policy: {allow_implicit_invocation: FALSE}', { allowImplicitInvocation: false, products: [] }],
  [
    'policy: {products: [codex, CODEX, atlas, chatgpt]}',
    { allowImplicitInvocation: null, products: ['codex', 'codex', 'atlas', 'chatgpt'] },
  ],
  ['---\npolicy: &p {allow_implicit_invocation: true}\nx: *p', { allowImplicitInvocation: true, products: [] }],
];
for (const [yaml, policy] of POLICIES) {
  test(`${JSON.stringify(yaml)} is read`, (t) => t.deepEqual(readSkillSettings(yaml).policy as object | null, policy));
}

const GOOD = 'policy: {allow_implicit_invocation: true}';
const FAULTS: readonly string[] = [
  '',
  'text',
  '- a',
  'a: *x',
  `${GOOD}\npolicy: {}`,
  `${GOOD}\n---\nx: 1`,
  'policy: 5',
  'policy: {allow_implicit_invocation: "true"}',
  'policy: {allow_implicit_invocation: yes}',
  'policy: {products: [bogus]}',
  'policy: {products: codex}',
  'policy: {products: null}',
  `${GOOD}\ndependencies: 5`,
  `${GOOD}\ndependencies: {tools: x}`,
  `${GOOD}\ndependencies: {tools: [5]}`,
  `${GOOD}\ndependencies: {tools: [{type: a, value: b, oauth: {callback_port: 65536}}]}`,
  `${GOOD}\ninterface: 5`,
  `${GOOD}\ninterface: {display_name: [x]}`,
];
for (const yaml of FAULTS) {
  test(`${JSON.stringify(yaml)} says nothing`, (t) => t.deepEqual(readSkillSettings(yaml), NOTHING));
}

test('a file nested by the thousand says nothing', (t) => {
  t.deepEqual(readSkillSettings(`${GOOD}\nx: ${'['.repeat(1e6)}`), NOTHING);
});
