/** environmentConfig/read: chosen parts of the executor's own configuration files. Source: 0.169.0. */
import type * as v from 'valibot';
import { fileUri, list, nullable, size, string } from './fields.js';
import { struct } from './struct.js';

/** Each path is the names of nested TOML tables, outermost first. */
const keyPaths = list(list(string));

export const configReadParams = struct('EnvironmentConfigReadParams', {
  cwd: fileUri,
  configPaths: keyPaths,
  requirementsPaths: keyPaths,
});
export type ConfigReadParams = v.InferOutput<typeof configReadParams>;

/** Lowest precedence first. `cloudInsertionIndex` is where layers from elsewhere belong. */
const layers = struct('EnvironmentConfigLayers', {
  layers: list(struct('EnvironmentConfigLayer', { source: string, baseDir: fileUri, toml: string })),
  cloudInsertionIndex: size,
});
export const configReadResult = struct('EnvironmentConfigReadResponse', {
  userHomeDir: nullable(fileUri),
  codexHomeDir: fileUri,
  hostname: nullable(string),
  config: layers,
  requirements: layers,
});
export type ConfigReadResult = v.InferOutput<typeof configReadResult>;
