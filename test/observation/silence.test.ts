/** Everything that can be told of an executor as a program, at once, while it is used and misused: nothing of it is anybody's secret. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { FarhandProgram } from '#test/cli/support/farhand.js';
import { Secrets } from '#test/remote/support/secrets.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const SPANS = import.meta.resolve('#test/observation/support/spans-to-file.js');
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACE = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };

test('log, audit file, metrics and spans say nothing of tokens, commands, variables, input, output, paths and contents', async (t) => {
  using folder = new TemporaryFolder();
  const secrets = new Secrets();
  const word = (name: string) => {
    const text = `word-of-${name.replaceAll(' ', '-')}-that-must-not-be-told`;
    secrets.keep(name, text);
    return text;
  };
  const [token, wrong] = [word('the token'), word('a wrong token')];
  const [audit, spans, tokenFile] = [folder.file('audit.log'), folder.file('spans'), folder.file('token')];
  writeFileSync(tokenFile, token);
  const file = folder.file(word('the name of a file'));
  writeFileSync(file, word('a file'));
  const uri = pathToFileURL(file).href;

  const seen = [
    '--log-format',
    'json',
    '--log-level',
    'debug',
    '--audit-log',
    audit,
    '--metrics-listen',
    '127.0.0.1:0',
  ];
  const auth = ['--ws-auth', 'capability-token', '--ws-token-file', tokenFile];
  await using program = new FarhandProgram(['serve', ...auth, ...seen], {
    env: { NODE_OPTIONS: `--import ${SPANS}`, SPANS_FILE: spans, INHERITED: word('an inherited variable') },
  });
  const [, url] = await program.says(/^(ws:\/\/\S+)\n/);
  const [, metricsUrl] = await program.says(/"address":"(http:[^"]+)"/, 'stderr');

  await t.throwsAsync(RpcClient.connect(url!, { token: wrong }));
  await using client = await RpcClient.connect(url!, { token });
  const script = `echo ${word('a command')}; echo ${word('standard error')} >&2; read -r x; echo "$x"; exit 7`;
  await client.call(
    'process/start',
    {
      processId: 'p',
      argv: ['/bin/sh', '-c', script, word('an argument')],
      cwd: pathToFileURL(folder.path).href,
      env: { VARIABLE: word('a variable') },
      ...{ tty: false, pipeStdin: true, arg0: word('a name of a program') },
    },
    { trace: TRACE },
  );
  await client.write('p', `${word('input')}\n`, word('the id of a write'));
  await client.until(() => client.record('p').closed);
  t.regex(client.record('p').output().toString(), /word-of-a-command|word-of-input/);
  await client.read('p');
  await client.call('fs/readFile', { path: uri, sandbox: null });
  await client.call('fs/writeFile', {
    path: `${uri}-new`,
    dataBase64: Buffer.from(word('new contents')).toString('base64'),
    sandbox: null,
  });
  const failing: readonly (readonly [method: string, params: object, more?: object])[] = [
    ['fs/readFile', { path: `${uri}-${word('a missing file')}`, sandbox: null }],
    ['fs/readFile', { path: word('a path that is no URI'), sandbox: null }],
    ['process/start', { processId: word('the id of a process'), argv: [`/${word('a missing program')}`] }],
    ['process/read', { processId: word('the id of no process') }],
    ['initialize', { clientName: word('the name of a client'), resumeSessionId: word('the id of a session') }],
    ['http/request', { method: 'GET', url: `http://127.0.0.1:1/${word('a URL')}`, requestId: word('an HTTP request') }],
    [word('a method'), { [word('a member')]: 1 }, { trace: { traceparent: word('a trace context') } }],
  ];
  for (const [method, params, more] of failing)
    await t.throwsAsync(client.call(method, params, more), undefined, method);
  await client.start(`${word('the id of a long process')} `, ['/bin/sleep', '1000']);

  const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
  program.kill('SIGTERM');
  const { code, stdout, stderr } = await program.outcome();
  t.deepEqual([code, stdout.toString()], [0, `${url}\n`]);
  const audited = readFileSync(audit, 'utf8');
  const traced = readFileSync(spans, 'utf8');
  t.deepEqual(secrets.spottedIn(stderr, audited, metrics, traced), []);

  // All of them have been told.
  const logged = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const event of ['connectionOpened', 'sessionStarted', 'requestAnswered', 'processStarted', 'processEnded']) {
    t.true(
      logged.some((record) => record.event === event),
      event,
    );
  }
  t.true(logged.some((record) => record.process === 'invalid'));
  t.is(logged.find((record) => record.event === 'sessionEnded').cause, 'shutdown');
  const operations = audited
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.true(operations.some(({ method, outcome }) => method === 'unknown' && outcome === -32601));
  t.regex(operations.find(({ method }) => method === 'process/start').argvSha256, /^[0-9a-f]{64}$/);
  t.is(statSync(audit).mode & 0o777, 0o600);
  t.regex(metrics, /^farhand_requests_total\{method="fs\/readFile",outcome="ok"\} 1$/m);
  t.regex(metrics, /^farhand_processes\{state="running"\} 1$/m);
  t.true(traced.includes(TRACE_ID) && traced.includes('process/start') && traced.includes("'process.exit.code': 7"));
});
