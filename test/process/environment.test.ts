import test from 'ava';
import { childEnvironment, type EnvironmentPlan } from '#src/process/environment.js';
import type { EnvPolicy } from '#src/protocol/process.js';

const SERVER = {
  PATH: '/usr/bin',
  HOME: '/home/c',
  USER: 'conformer',
  LOGNAME: 'conformer',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  CODEX_HOME: '/home/c/.codex',
  CONF_PLAIN: 'plain',
  CONF_OTHER: 'other',
  CONF_API_KEY: 'key-value',
  CONF_TOKEN: 'token-value',
  CONF_secret_word: 'secret-value',
};

interface Wish {
  readonly policy?: Partial<Omit<EnvPolicy, 'set'>> & { readonly set?: Record<string, string> };
  readonly env?: Record<string, string>;
  readonly metadata?: EnvironmentPlan['metadata'];
  readonly tty?: boolean;
  readonly server?: Record<string, string | undefined>;
}

/** The environment as an object with sorted names; the policy inherits everything unless it says otherwise. */
function environment({ policy, env = {}, metadata = null, tty = false, server = SERVER }: Wish) {
  const pairs = childEnvironment(
    {
      policy: policy
        ? {
            inherit: 'all',
            ignoreDefaultExcludes: false,
            exclude: [],
            includeOnly: [],
            ...policy,
            set: new Map(Object.entries(policy.set ?? {})),
          }
        : null,
      env: new Map(Object.entries(env)),
      metadata,
      tty,
      accountShell: '/bin/zsh',
    },
    server,
  );
  return Object.fromEntries(pairs);
}
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(SERVER).filter(([name]) => !names.includes(name)));
const SECRETS = ['CONF_API_KEY', 'CONF_TOKEN', 'CONF_secret_word'];

test('without a policy the environment is exactly the given one', (t) => {
  const env = { A: '1', B: 'two words', EMPTY: '', EQ: 'a=b=c', NL: 'line1\nline2', Q: '"\'$`', 'A=B': 'x', '': 'y' };
  t.deepEqual(environment({ env }), env);
});

test('everything is inherited but names that look like secrets', (t) => {
  t.deepEqual(environment({ policy: {} }), without(...SECRETS));
});

test('the default exclusions can be switched off', (t) => {
  t.deepEqual(environment({ policy: { ignoreDefaultExcludes: true } }), SERVER);
});

test('the core of the environment is a fixed list of names, in any case', (t) => {
  t.deepEqual(
    environment({ policy: { inherit: 'core' } }),
    without(...SECRETS, 'CODEX_HOME', 'CONF_PLAIN', 'CONF_OTHER'),
  );
  const server = {
    home: '/h',
    Path: '/p',
    TMPDIR: '/t',
    TEMP: '1',
    TMP: '2',
    LC_ALL: 'C',
    LC_CTYPE: 'C',
    LC_TIME: 'C',
  };
  const { LC_TIME: _, ...core } = server;
  t.deepEqual(environment({ policy: { inherit: 'core' }, server }), core);
  t.deepEqual(environment({ policy: { inherit: 'core' }, server: { UſER: 'not ASCII', uSer: 'yes' } }), {
    uSer: 'yes',
  });
});

test('nothing is inherited when the policy says so', (t) => {
  t.deepEqual(environment({ policy: { inherit: 'none' }, env: { ADDED: '1' } }), { ADDED: '1' });
});

test('excluded names are dropped, with wildcards and in any case', (t) => {
  t.deepEqual(
    environment({ policy: { exclude: ['conf_o*', 'LOG?AME'] } }),
    without(...SECRETS, 'CONF_OTHER', 'LOGNAME'),
  );
});

test('variables set by the policy come after the exclusions and are not touched by them', (t) => {
  const set = { CONF_PLAIN: 'set', ADDED_KEY: 'kept' };
  t.deepEqual(environment({ policy: { exclude: ['CONF_*'], set } }), {
    ...without(...SECRETS, 'CONF_OTHER'),
    ...set,
  });
});

test('includeOnly comes last and also filters what was set', (t) => {
  const policy = { set: { ADDED: '1', X_ADDED: '2' }, includeOnly: ['conf_*', 'ADDED', 'PATH'] };
  t.deepEqual(environment({ policy }), { PATH: '/usr/bin', CONF_PLAIN: 'plain', CONF_OTHER: 'other', ADDED: '1' });
});

test('env lies on top of the policy and is not filtered by it', (t) => {
  const policy = { exclude: ['CONF_*'], set: { ADDED: 'policy' }, includeOnly: ['ADDED', 'PATH'] };
  const env = { ADDED: 'env', CONF_TOKEN: 'env', X: 'y' };
  t.deepEqual(environment({ policy, env }), { PATH: '/usr/bin', ...env });
});

test('metadata wins over env, and takes away what it does not set', (t) => {
  const env = { CODEX_THREAD_ID: 'env', CODEX_TOOL_CALL_ID: 'env' };
  const threadId = '67e55044-10b1-426f-9247-bb680e5fe0c8';
  t.deepEqual(environment({ env, metadata: { threadId, toolCallId: 'call' } }), {
    CODEX_THREAD_ID: threadId,
    CODEX_TOOL_CALL_ID: 'call',
  });
  t.deepEqual(environment({ env, metadata: { threadId: null, toolCallId: '' } }), { CODEX_TOOL_CALL_ID: '' });
  t.deepEqual(environment({ env, metadata: { threadId: null, toolCallId: null } }), {});
});

test('without metadata a thread may be named, a call may not', (t) => {
  const env = { CODEX_THREAD_ID: 'env', CODEX_TOOL_CALL_ID: 'env', codex_tool_call_id: 'other' };
  t.deepEqual(environment({ env }), { CODEX_THREAD_ID: 'env', codex_tool_call_id: 'other' });
});

for (const name of [
  'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE',
  'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  'codex_guardian_decisions_api_key',
  'OPENAI_WORKLOAD_IDENTITY_CONTEXT',
  'Openai_Identity_Token_File',
  'OPENAI_FEDERATION_RULE_ID',
]) {
  test(`${name} never reaches a child, whoever asks`, (t) => {
    const policy = { ignoreDefaultExcludes: true, set: { [name]: '1' } };
    t.deepEqual(environment({ policy, env: { [name]: '1' }, server: { [name]: '1' } }), {});
  });
}

test('names that only look like these stay', (t) => {
  const env = {
    CODEX_GUARDIAN_DECISIONS_API_KEYS: '1',
    OPENAI_IDENTITY_TOKEN: '1',
    CODEX_API_KEY: '1',
    codex_exec_server_exit_on_stdin_close: '1',
  };
  t.deepEqual(environment({ env }), env);
});

test('a terminal gets the shell of the account, unless there is one already', (t) => {
  t.deepEqual(environment({ tty: true }), { SHELL: '/bin/zsh' });
  t.deepEqual(environment({ tty: true, env: { SHELL: '' } }), { SHELL: '' });
  t.is(environment({ tty: true, policy: {} }).SHELL, '/bin/bash');
  t.deepEqual(environment({ tty: false }), {});
});
