/** What an executor says as a program while it is used and attacked: enough to look after it, and nothing that is anybody's secret. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { FarhandProgram } from '#test/cli/support/farhand.js';
import { frameOf } from '#test/rendezvous/support/frames.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { framed } from './support/harness-stream.js';
import { ENVIRONMENT, Surroundings } from './support/surroundings.js';

interface Told {
  readonly flags: readonly string[];
  /** Of each kind that there is, one. */
  readonly said: readonly RegExp[];
}

const PLAIN: Told = {
  flags: [],
  said: [
    /WARN Noise executor retrying uncommitted registry registration .*status=503/,
    /INFO Noise executor registration completed /,
    /WARN Noise executor failed to connect to rendezvous .*http_status=401\n/,
    /INFO Noise executor connected to rendezvous .*request_id="req_[0-9a-f]{32}"/,
    /INFO Noise executor handshake completed /,
    /stream_id="invalid"/,
    /noise_reason="handshake_request"/,
    /noise_reason="registry_http" registry_status=500/,
    /noise_reason="registry_auth"/,
    /dropping malformed Noise relay frame from harness: .*text message\n/,
    /Noise virtual stream failed: /,
    /INFO Noise executor disconnected from rendezvous .*noise_reason="read_error"/,
    /INFO Noise executor disconnected from rendezvous .*noise_reason="local_shutdown"/,
  ],
};

const STRUCTURED: Told = {
  flags: ['--log-format', 'json', '--log-level', 'debug'],
  said: [
    /"level":"warn",.*"event":"registrationRetry",.*"status":503/,
    /"level":"info",.*"event":"registered"/,
    /"event":"connectFailed",.*"http_status":401/,
    /"event":"connected",.*"request_id":"req_[0-9a-f]{32}"/,
    /"event":"handshakeCompleted"/,
    /"stream_id":"invalid"/,
    /"noise_reason":"handshake_request"/,
    /"event":"streamFailed"/,
    /"event":"disconnected",.*"noise_reason":"read_error"/,
    /"event":"connectionOpened"/,
    /"event":"requestAnswered",.*"method":"unknown"/,
    /"event":"processEnded",.*"exitCode":7/,
    /"event":"sessionResumed"/,
  ],
};

const saysNothing = test.macro(async (t, { flags, said: expected }: Told) => {
  await using around = await Surroundings.open({
    registrations: [
      { status: 503, json: { error: { code: 'registration_conflict', message: 'words of the registry' } } },
    ],
    upgrades: [{ status: 401, headers: { 'x-codex-rendezvous-rejection-reason': 'words-of-the-rendezvous' } }],
  });
  const { secrets, registry, happenings } = around;
  using folder = new TemporaryFolder();
  const file = folder.file('file-that-is-nobody-else-s');
  const word = (name: string) => {
    const text = `word-of-${name}-that-must-not-be-told`;
    secrets.keep(name, text);
    return text;
  };
  writeFileSync(file, word('a file'));
  secrets.keep('a path', file);
  secrets.keep('the registry', 'words of the registry');
  secrets.keep('the rendezvous', 'words-of-the-rendezvous');

  const place = ['--remote', registry.url, '--environment-id', ENVIRONMENT];
  await using program = new FarhandProgram(['serve', ...place, ...flags], {
    // Whatever makes other programs talkative.
    env: { CODEX_API_KEY: around.token, CODEX_HOME: folder.path, RUST_LOG: 'trace', DEBUG: '*', LOG_LEVEL: 'trace' },
  });
  const link = await around.link();
  const harness = around.harness();
  const stream = await harness.attach(link);
  await stream.shell(
    'p',
    `echo ${word('a command')}; echo ${word('standard error')} >&2; read -r x; echo "$x"; exit 7`,
    {
      pipeStdin: true,
      env: { VARIABLE: word('a variable') },
      cwd: pathToFileURL(folder.path).href,
    },
  );
  const chunk = Buffer.from(`${word('input')}\n`).toString('base64');
  await stream.call('process/write', { processId: 'p', chunk, writeId: 'w' });
  await stream.until(() => stream.record('p').closed);
  t.regex(stream.record('p').output().toString(), /word-of-a command|word-of-input/);
  const { dataBase64 } = await stream.call('fs/readFile', { path: pathToFileURL(file).href, sandbox: null });
  t.regex(Buffer.from(dataBase64, 'base64').toString(), /^word-of-a file/);
  await t.throwsAsync(stream.call('fs/readFile', { path: `${pathToFileURL(file).href}-${word('a missing file')}` }));
  await t.throwsAsync(stream.call(word('a method'), {}));

  // Of strangers: frames, ids and reasons.
  link.send(word('a text message'));
  link.send(Buffer.from(word('a broken frame')));
  link.send(frameOf(word('a stream id'), { kind: 'data', seq: 0, payload: Buffer.from(word('data for nobody')) }));
  link.send(frameOf(word('another stream id'), { kind: 'handshake', payload: Buffer.from(word('a handshake')) }));
  await harness.enter(link, { streamId: word('the id of a stream') });
  await harness.knock(link, harness.ask({ authorization: word('an authorization that is none') }));
  registry.next('validate', { status: 500, json: { error: { code: word('a code'), message: word('an answer') } } });
  await harness.knock(link);
  registry.next('validate', { text: word('an answer that is none') });
  await harness.knock(link);
  registry.next('validate', { status: 401, text: word('a refusal') });
  await harness.knock(link);
  for (const wrong of [framed(word('a message')), framed(`{"id":1,"${word('a member')}":`), word('a record')]) {
    const other = await harness.attach(link);
    other.sendRecord(wrong);
    await other.becomesReset();
  }
  const damaged = await harness.attach(link);
  damaged.sendSealed(Buffer.from(word('a ciphertext')));
  await damaged.becomesReset();
  link.sendFrame(stream.streamId, { kind: 'reset', reason: word('a reason') });
  await harness.attach(link, stream.sessionId);
  link.send(new Uint8Array(300_000));
  await harness.attach(await around.link(1), stream.sessionId);
  await happenings.until(() => link.closeCode !== undefined);

  program.kill('SIGTERM');
  const { code, stdout, stderr } = await program.outcome();
  t.deepEqual([code, stdout.toString()], [0, '']);
  for (const said of expected) {
    t.regex(stderr, said);
  }
  t.deepEqual(secrets.spottedIn(stderr), []);
});

const WHAT = 'says nothing of keys, credentials, commands, output, paths and what others wrote';
test(`a program that is used and attacked ${WHAT}`, saysNothing, PLAIN);
test(`the structured log of such a program ${WHAT}`, saysNothing, STRUCTURED);
