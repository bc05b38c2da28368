/** environmentConfig/read: what this executor's own files of settings say. */

import type { FilePool } from '../pool/file-pool.js';
import type { ConfigReadParams } from '../protocol/config.js';
import { invalidParams } from '../protocol/errors.js';
import { isNative, nativePath, notNativeText } from '../protocol/path-uri.js';
import type { Handlers } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { SYSTEM_FOLDER } from './system-folder.js';

export interface ConfigHost {
  readonly pool: FilePool;
  /** Tells where the user's files are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly systemFolder?: string;
}

/** For one connection, which has one such call done at a time. */
export function configHandlers({ pool, environment, systemFolder = SYSTEM_FOLDER }: ConfigHost): Handlers {
  const turns = new Turns(1);
  const { HOME, CODEX_HOME } = environment;
  return {
    'environmentConfig/read': (params, { gone }) => {
      const { cwd, configPaths, requirementsPaths } = checked(params);
      const task = {
        variables: { HOME, CODEX_HOME },
        systemFolder,
        cwd: nativePath(cwd),
        configPaths,
        requirementsPaths,
      };
      return turns.run(() => {
        gone.throwIfAborted();
        return pool.run('readConfig', task);
      });
    },
  };
}

/** Errors: -32602, in this order. */
function checked(params: ConfigReadParams): ConfigReadParams {
  const paths = [...params.configPaths, ...params.requirementsPaths];
  if (paths.length === 0) throw invalidParams('at least one config or requirements path is required');
  if (paths.some((path) => path.length === 0)) throw invalidParams('TOML paths must contain at least one key segment');
  if (!isNative(params.cwd)) throw invalidParams(notNativeText(params.cwd));
  return params;
}
