/** What a program's flags turn on, and that nothing else is. */
import { readFileSync, renameSync, symlinkSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type ObservationOptions, observe } from '#src/observation/observe.js';
import { StartupError } from '#src/transport/startup-error.js';
import { FarhandProgram, serve } from '#test/cli/support/farhand.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

async function observed(options: ObservationOptions = {}) {
  const stderr = new PassThrough();
  const observation = await observe(options, stderr);
  const said = () => String(stderr.read() ?? '');
  return { observation, said };
}

test('without flags nobody observes, and warnings are plain lines', async (t) => {
  const { observation, said } = await observed();
  t.is(observation.executor.observer, undefined);
  t.is(observation.remote, undefined);
  t.deepEqual(observation.files, []);
  observation.executor.warn!('a warning');
  observation.warn('another');
  t.is(said(), 'a warning\nanother\n');
  await observation.reopen();
  await observation.close();
});

test('with a log warnings are told once, in the log', async (t) => {
  const { observation, said } = await observed({ log: { format: 'json' } });
  t.is(observation.executor.warn, undefined);
  observation.executor.observer!.tell({ event: 'warning', message: 'a warning' });
  observation.warn('another');
  const lines = said().trim().split('\n');
  t.deepEqual(
    lines.map((line) => JSON.parse(line).msg),
    ['a warning', 'another'],
  );
  await observation.close();
});

test('an audit file alone leaves warnings as they are, and is hidden from sandboxes', async (t) => {
  using folder = new TemporaryFolder();
  const auditFile = folder.file('audit.log');
  const { observation, said } = await observed({ auditFile });
  t.deepEqual(observation.files, [auditFile]);
  observation.executor.observer!.tell({ event: 'warning', message: 'told by the executor itself' });
  observation.executor.warn!('a warning');
  t.is(said(), 'a warning\n');
  await observation.close();
  t.is(readFileSync(auditFile, 'utf8'), '');
});

test('what cannot be had is said in one line', async (t) => {
  using folder = new TemporaryFolder();
  const auditFile = folder.file('no/such/folder');
  await t.throwsAsync(observed({ auditFile }), {
    instanceOf: StartupError,
    message: `--audit-log ${auditFile} cannot be opened: No such file or directory (os error 2)`,
  });
  const { observation, said } = await observed({ metrics: { host: '127.0.0.1', port: 0 } });
  const [, port] = /^metrics at http:\/\/127\.0\.0\.1:(\d+)\/metrics\n$/.exec(said())!;
  await t.throwsAsync(observed({ metrics: { host: '127.0.0.1', port: Number(port) } }), {
    instanceOf: StartupError,
    message: '--metrics-listen: Address in use (os error 98)',
  });
  await observation.close();
});

test('a full disk of the audit file is a line, and a number', async (t) => {
  using folder = new TemporaryFolder();
  const auditFile = folder.file('audit.log');
  symlinkSync('/dev/full', auditFile);
  const { observation, said } = await observed({ auditFile, metrics: { host: '127.0.0.1', port: 0 } });
  const [url] = /http:\S+/.exec(said())!;
  observation.executor.observer!.tell({
    ...{ event: 'requestAnswered', connection: 1, session: 's', method: 'initialize', outcome: 'ok' },
    ...{ bytesIn: 1, bytesOut: 1, ms: 1, trace: null },
  });
  await observation.reopen();
  t.is(said(), 'the audit log cannot be written, and operations go on: ENOSPC\n');
  t.regex(await (await fetch(url)).text(), /^farhand_warnings_total 1$/m);
  await observation.close();
});

test('an executor is healthy from when it is there until it drains', async (t) => {
  const { observation, said } = await observed({ metrics: { host: '127.0.0.1', port: 0 } });
  const [url] = /http:\S+(?=\/metrics)/.exec(said())!;
  const health = async () => (await fetch(`${url}/healthz`)).status;
  t.is(await health(), 503);
  const nothing = { starting: 0, running: 0, ended: 0, ringBytes: 0 };
  const sessions = { attached: 0, detached: 0 };
  observation.attach({ state: { connections: [], sessions, processes: nothing, workers: { ready: 1, starting: 0 } } });
  t.is(await health(), 200);
  observation.executor.observer!.tell({ event: 'draining', processes: 1, seconds: 1 });
  t.is(await health(), 503);
  await observation.close();
});

test('a program that is asked for nothing loads none of the packages', (t) => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (url: string) => {
    if (seen.has(url)) return;
    seen.add(url);
    for (const [, target] of readFileSync(fileURLToPath(url), 'utf8').matchAll(
      /^(?:import|export)\b[^;'"]*['"]([^'"]+)['"];/gm,
    )) {
      if (target!.startsWith('.')) visit(new URL(target!, url).href);
      else packages.add(target!);
    }
  };
  visit(import.meta.resolve('#src/server.js'));
  t.true(seen.size > 100 && packages.has('ws'));
  for (const name of ['pino', 'prom-client', '@opentelemetry/api']) t.false(packages.has(name), name);
});

test('at SIGHUP the audit file goes on under its name', async (t) => {
  using folder = new TemporaryFolder();
  const [audit, moved] = [folder.file('audit.log'), folder.file('audit.log.1')];
  await using served = await serve('--audit-log', audit);
  await using client = await RpcClient.connect(served.url);
  await client.call('environment/status', {});
  renameSync(audit, moved);
  served.program.kill('SIGHUP');
  for (;;) {
    await client.call('environment/status', {});
    try {
      readFileSync(audit);
      break;
    } catch {}
  }
  await client.call('environment/info', {});
  served.program.kill('SIGTERM');
  await served.program.ended;
  const methods = (path: string) =>
    Array.from(readFileSync(path, 'utf8').matchAll(/"method":"([^"]+)"/g), ([, m]) => m);
  t.is(methods(moved)[0], 'initialize');
  t.is(methods(audit).at(-1), 'environment/info');
});

test('a program that cannot have its audit file does not serve', async (t) => {
  await using program = new FarhandProgram(['serve', '--audit-log', '/no/such/folder/audit.log']);
  const { code, stdout, stderr } = await program.outcome();
  t.deepEqual(
    [code, stdout.toString(), stderr],
    [1, '', 'Error: --audit-log /no/such/folder/audit.log cannot be opened: No such file or directory (os error 2)\n'],
  );
});
