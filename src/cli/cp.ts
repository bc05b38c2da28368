/** `farhand cp SRC DST`: copies files and folders between this machine and an executor, or within one. */
import { Command } from 'commander';
import type { Client } from '../index.js';
import { type ConnectFlags, connectTo, parse, withAccessOptions } from './connect-options.js';
import { type CopyCount, copyTree } from './copy/copy-tree.js';
import { planCopy } from './copy/ends.js';
import { FileFault } from './copy/fault.js';
import { openEnd } from './copy/open-end.js';
import { type Place, parsePlace } from './copy/place.js';
import { reporterFor } from './copy/reporter.js';
import { stopOnSignals } from './copy/stopping.js';
import { CommandFailure, usageError } from './failure.js';

interface CpFlags extends ConnectFlags {
  readonly recursive?: boolean;
  readonly verify: boolean;
  readonly quiet?: boolean;
}

/** Some files were not copied; each of them has been said. */
const NOT_ALL_COPIED = 1;

const HELP_AFTER = `
SRC and DST are paths here, or URL:PATH for paths on an executor, absolute or
relative to its working directory; at least one of them is. Two of one executor
are copied there, two of different ones pass through this machine (with one
token for both). PATH may be a file: URI, for names that are not UTF-8
(file:///tmp/%FF) and for executors on Windows (file:///C:/Users). In the URL of
an environment a colon is written %3A.

As with cp and scp: into DST when it is a folder, else as DST. With -r, a folder
that is there already is filled up, files are replaced, and links are followed;
those that lead back to a folder they lie in are skipped, as are pipes, sockets
and devices. Folders and new files get the usual permissions here and there, and
files those of the source where a command on the executor can tell them; toward
an executor only whether a file is executable is kept.

A file that is copied to here gets its name when it is complete and checked.
There, it is written in place; when that fails, an incomplete file is left, and
said. Sizes are always compared, SHA-256 where the executor has a program that
computes it. What goes wrong with one file does not stop the others.

Exit code:
  1    some files were not copied
  2    the arguments make no sense
  130  stopped with Ctrl-C
  255  the executor could not be reached, or was lost

Examples:
  $ farhand cp ws://127.0.0.1:9000:/etc/hosts .
  $ farhand cp -r src ws://127.0.0.1:9000:/tmp
  $ farhand cp ws://127.0.0.1:9000:/tmp/a ws://127.0.0.1:9000:/tmp/b
  $ farhand cp --token-file token https://relay.example/build-7:/etc/hosts .`;

export async function cp(args: readonly string[]): Promise<number> {
  const command = parse(cpCommand(), args);
  if (!command) return 0;
  const [sourceText, destinationText, ...excess] = command.args;
  if (sourceText === undefined || destinationText === undefined || excess.length > 0) {
    throw usageError("expected 'farhand cp [-r] SRC DST'; see 'farhand cp --help'");
  }
  const source = parsePlace(sourceText);
  const destination = parsePlace(destinationText);
  if (source.at === 'here' && destination.at === 'here') {
    throw usageError('both are on this machine; expected URL:PATH for one, such as ws://127.0.0.1:9000:/tmp');
  }
  const flags = command.opts<CpFlags>();
  await using sourceClient = await clientOf(source, flags);
  const isSame = source.at === 'executor' && destination.at === 'executor' && source.url === destination.url;
  await using otherClient = isSame ? undefined : await clientOf(destination, flags);

  using stopping = stopOnSignals();
  try {
    const { copied, failed } = await copy(
      { place: source, client: sourceClient },
      isSame ? { place: destination, client: sourceClient } : { place: destination, client: otherClient },
      flags,
      stopping.controller,
    );
    if (failed > 0 && copied + failed > 1) {
      process.stderr.write(`farhand: ${failed} of ${copied + failed} files and folders were not copied\n`);
    }
    return failed > 0 ? NOT_ALL_COPIED : 0;
  } catch (error) {
    if (stopping.exitCode !== undefined) return stopping.exitCode;
    throw error instanceof FileFault ? new CommandFailure(error.message, NOT_ALL_COPIED) : error;
  }
}

function cpCommand(): Command {
  const command = new Command('farhand cp')
    .usage('[options] SRC DST')
    .description('Copies files and folders between this machine and an executor, or within one.')
    .argument('[SRC]', 'what to copy: PATH here, or URL:PATH')
    .argument('[DST]', 'where to: PATH here, or URL:PATH')
    .allowExcessArguments()
    .option('-r, --recursive', 'copy folders, with all they hold')
    .option('--no-verify', 'do not compare SHA-256, only sizes')
    .option('-q, --quiet', 'say only what goes wrong')
    .addHelpText('after', HELP_AFTER);
  return withAccessOptions(command);
}

interface Reached {
  readonly place: Place;
  /** Of the executor, when the place is on one. */
  readonly client: Client | undefined;
}

async function copy(
  source: Reached,
  destination: Reached,
  { recursive = false, verify, quiet = false }: CpFlags,
  stop: AbortController,
): Promise<CopyCount> {
  using reporter = reporterFor(process.stderr, { quiet, term: process.env.TERM });
  const options = { signal: stop.signal, notice: (line: string) => reporter.say(line) };
  const from = await openEnd(source.place, source.client, options);
  const opened = await openEnd(destination.place, destination.client, options);
  // What one executor holds it copies by itself.
  const to = destination.client === source.client ? { ...opened, side: from.side } : opened;
  const plan = await planCopy(from, to, recursive);
  return await copyTree({ ...plan, source: from.side, target: to.side, verify, reporter, stop });
}

const clientOf = async (place: Place, flags: ConnectFlags): Promise<Client | undefined> =>
  place.at === 'here' ? undefined : await connectTo(place.url, flags);
