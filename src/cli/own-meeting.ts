/** A relay and an executor that is reached through it, on this machine, for one command of ours. */
import { join } from 'node:path';
import { asEnvironmentId } from '../rendezvous/environment-id.js';
import { addTokens } from '../rendezvous/token-file.js';
import { anyLine, lineOf, type OwnProgram, type OwnPrograms, ownFailure } from './own-programs.js';

export interface OwnRelay extends OwnProgram {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly tokens: { readonly executor: string; readonly harness: string };
  /** Resolves when the executor has its link. Errors: the relay has ended. */
  executorConnected(): Promise<void>;
}

/** With tokens for one environment, which nobody else gets. Errors: CommandFailure, with what it said before it listened. */
export async function startOwnRelay(programs: OwnPrograms, environment: string): Promise<OwnRelay> {
  const file = join(await programs.folder(), 'tokens');
  const tokens = await addTokens(file, asEnvironmentId(environment)!);
  const args = ['relay', '--tokens', file, '--listen', '127.0.0.1:0'];
  const program = programs.start({ script: 'cli.js', args, errors: 'pipe' });
  let said = '';
  program.child.stderr!.on('data', (text) => {
    said += text;
  });
  const ended = () => `the relay ended: ${said.trim()}`;
  const connected = lineOf(program.child.stderr!, (line) => line === `${environment}: executor connected`, ended);
  // Asked for later, if at all.
  connected.catch(() => {});
  const address = await lineOf(program.child.stdout!, anyLine, ended);
  return { ...program, address, tokens, executorConnected: async () => void (await connected) };
}

/** Resolves when harnesses reach it. Errors: CommandFailure, with what it said before it ended. */
export async function startOwnRemoteExecutor(
  programs: OwnPrograms,
  relay: OwnRelay,
  environment: string,
): Promise<OwnProgram> {
  const program = programs.start({
    script: 'server.js',
    args: ['--remote', relay.address, '--environment-id', environment],
    env: { CODEX_API_KEY: relay.tokens.executor },
    errors: 'pipe',
  });
  let said = '';
  program.child.stderr!.on('data', (text) => {
    said += text;
  });
  const ended = new Promise<never>((_, reject) => {
    program.child.once('close', () => reject(ownFailure(`the executor ended: ${said.trim()}`)));
  });
  ended.catch(() => {});
  await Promise.race([relay.executorConnected(), ended]);
  return program;
}
