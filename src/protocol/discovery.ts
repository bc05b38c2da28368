/** capabilityRoots/discoverV1 and capabilities/discoverV2: what is installed on the executor. Source: 0.169.0. */
import type * as v from 'valibot';
import { anything, defaulted, fileUri, list, nullable, string } from './fields.js';
import { discoverySandboxContext, sandboxContext } from './sandbox.js';
import { struct } from './struct.js';

const rootRequest = struct('WireCapabilityRootDiscoverRequest', {
  id: string,
  path: fileUri,
  sandbox: defaulted(nullable(sandboxContext), null),
});
export const discoverRootsParams = struct('WireCapabilityRootsDiscoverParams', { roots: list(rootRequest) });
export type DiscoverRootsParams = v.InferOutput<typeof discoverRootsParams>;

const textFile = struct('CapabilityTextFile', { path: fileUri, contents: string });
export type CapabilityTextFile = v.InferOutput<typeof textFile>;
const pluginFiles = { manifest: textFile, mcpConfig: nullable(textFile), appsConfig: nullable(textFile) };

/** One that could not be read has an `error` and nothing else. */
const rootDiscovery = struct('CapabilityRootDiscovery', {
  id: string,
  path: fileUri,
  plugin: nullable(struct('CapabilityPlugin', pluginFiles)),
  skills: list(struct('CapabilitySkill', { instructions: textFile, metadata: nullable(textFile) })),
  namespaceManifests: list(textFile),
  warnings: list(string),
  error: nullable(string),
});
export type RootDiscovery = v.InferOutput<typeof rootDiscovery>;

/** In the order asked for. */
export const discoverRootsResult = struct('CapabilityRootsDiscoverResponse', { roots: list(rootDiscovery) });
export type DiscoverRootsResult = v.InferOutput<typeof discoverRootsResult>;

export const discoverCapabilitiesParams = struct('DiscoverV2CapabilitiesRequest', {
  cwd: fileUri,
  sandbox: defaulted(nullable(discoverySandboxContext), null),
});
export type DiscoverCapabilitiesParams = v.InferOutput<typeof discoverCapabilitiesParams>;

/** `name` has the name of its plugin before it, `plugin:skill`. */
const skillMembers = {
  name: string,
  description: string,
  shortDescription: nullable(string),
  path: fileUri,
  dependencies: nullable(anything),
  policy: nullable(anything),
};
const skill = struct('DiscoveredSkill', {
  ...skillMembers,
  discoveryRoot: struct('DiscoveryRoot', { id: string, path: fileUri }),
});
export type DiscoveredSkill = v.InferOutput<typeof skill>;
const plugin = struct('DiscoveredPlugin', {
  id: string,
  displayName: string,
  remotePluginId: nullable(string),
  version: string,
  root: fileUri,
  files: struct('DiscoveredPluginFiles', pluginFiles),
  skills: list(struct('DiscoveredPluginSkill', skillMembers)),
});
export type DiscoveredPlugin = v.InferOutput<typeof plugin>;
export const discoverCapabilitiesResult = struct('DiscoverV2CapabilitiesResponse', {
  plugins: list(plugin),
  skills: list(skill),
  warnings: list(string),
});
export type DiscoverCapabilitiesResult = v.InferOutput<typeof discoverCapabilitiesResult>;
