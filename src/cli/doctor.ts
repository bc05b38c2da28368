/** `farhand doctor`: tries out what an executor needs on this machine, and says what to do about the rest. */
import { Command } from 'commander';
import { diagnose } from '../bubblewrap/diagnose.js';
import { SANDBOX_PROBE_MS } from '../protocol/limits.js';
import { parse } from './connect-options.js';
import { checkExecutor } from './doctor/executor-checks.js';
import { type Report, reportLines, reportOf } from './doctor/report.js';
import { usageError } from './failure.js';

const HELP_AFTER = `
Everything is really done: namespaces are made, a command and a terminal are
started, a sandboxed command tries to write where it must not. This is for the
user who runs it: run it as the one that 'farhand serve' will run as.

Exit code:
  0  all is well, or works with less comfort (note)
  1  commands do not run here, or there is no sandbox for those that ask for one
  2  the arguments make no sense`;

/** For all steps of the diagnosis together: a machine that takes longer has a problem worth telling. */
const PATIENCE_MS = 4 * SANDBOX_PROBE_MS;

export async function doctor(args: readonly string[]): Promise<number> {
  const command = parse(doctorCommand(), args);
  if (!command) return 0;
  if (command.args.length > 0) throw usageError("'farhand doctor' takes no arguments; see 'farhand doctor --help'");
  const report = await examineThisMachine();
  const text = command.opts<{ json?: true }>().json ? JSON.stringify(report) : reportLines(report).join('\n');
  process.stdout.write(`${text}\n`);
  return report.ok ? 0 : 1;
}

const doctorCommand = (): Command =>
  new Command('farhand doctor')
    .usage('[options]')
    .description('Tries out what an executor needs on this machine, and says what to do about the rest.')
    .allowExcessArguments()
    .option('--json', 'say it in JSON: {"ok", "checks": [{"name", "verdict", "detail" or "problem" and "remedy"}]}')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', HELP_AFTER);

async function examineThisMachine(): Promise<Report> {
  const { env: environment, platform, arch: architecture } = process;
  const impatience = new AbortController();
  const patience = setTimeout(() => impatience.abort(), PATIENCE_MS);
  const checks = await diagnose({ environment, platform, architecture }, impatience.signal);
  clearTimeout(patience);
  return reportOf([...checks, ...(await checkExecutor(reportOf(checks).ok))]);
}
