/** Every method of the protocol: who may call it when, what it takes, what it answers. Source: 0.169.0. */
import type * as v from 'valibot';
import { configReadParams, configReadResult } from './config.js';
import {
  discoverCapabilitiesParams,
  discoverCapabilitiesResult,
  discoverRootsParams,
  discoverRootsResult,
} from './discovery.js';
import { environmentInfo, environmentStatus } from './environment.js';
import * as files from './files.js';
import { httpRequestParams, httpRequestResult } from './http.js';
import * as process from './process.js';
import { initializeParams, initializeResult } from './session.js';
import { struct } from './struct.js';
import { unit } from './unit.js';

const empty = struct('Empty', {});

/** `family` is how texts name the methods that need an initialized connection; initialize itself needs none. */
export const METHODS = {
  initialize: { family: undefined, params: initializeParams, result: initializeResult },

  'environment/info': { family: 'environment info', params: unit, result: environmentInfo },
  'environment/status': { family: 'environment status', params: unit, result: environmentStatus },

  'process/start': { family: 'exec', params: process.startParams, result: process.startResult },
  'process/read': { family: 'exec', params: process.readParams, result: process.readResult },
  'process/write': { family: 'exec', params: process.writeParams, result: process.writeResult },
  'process/signal': { family: 'exec', params: process.signalParams, result: empty },
  'process/terminate': { family: 'exec', params: process.terminateParams, result: process.terminateResult },

  'fs/readFile': { family: 'filesystem', params: files.readFileParams, result: files.readFileResult },
  'fs/writeFile': { family: 'filesystem', params: files.writeFileParams, result: empty },
  'fs/createDirectory': { family: 'filesystem', params: files.createDirectoryParams, result: empty },
  'fs/getMetadata': { family: 'filesystem', params: files.getMetadataParams, result: files.getMetadataResult },
  'fs/canonicalize': { family: 'filesystem', params: files.canonicalizeParams, result: files.canonicalizeResult },
  'fs/readDirectory': { family: 'filesystem', params: files.readDirectoryParams, result: files.readDirectoryResult },
  'fs/walk': { family: 'filesystem', params: files.walkParams, result: files.walkResult },
  'fs/remove': { family: 'filesystem', params: files.removeParams, result: empty },
  'fs/copy': { family: 'filesystem', params: files.copyParams, result: empty },
  'fs/open': { family: 'filesystem', params: files.openParams, result: files.openResult },
  'fs/readBlock': { family: 'filesystem', params: files.readBlockParams, result: files.readBlockResult },
  'fs/writeBlock': { family: 'filesystem', params: files.writeBlockParams, result: empty },
  'fs/close': { family: 'filesystem', params: files.closeParams, result: empty },
  'fs/watchMissing': { family: 'filesystem', params: files.watchMissingParams, result: files.watchMissingResult },

  'http/request': { family: 'http', params: httpRequestParams, result: httpRequestResult },

  'environmentConfig/read': { family: 'environment config', params: configReadParams, result: configReadResult },
  'capabilityRoots/discoverV1': {
    family: 'capability discovery',
    params: discoverRootsParams,
    result: discoverRootsResult,
  },
  'capabilities/discoverV2': {
    family: 'capability discovery',
    params: discoverCapabilitiesParams,
    result: discoverCapabilitiesResult,
  },
} as const;

export type Method = keyof typeof METHODS;
type Schemas = typeof METHODS;

/** What a caller gives: wire forms, so base64 and URIs as text, and defaults may be left out. */
export type MethodParams = { [M in Method]: v.InferInput<Schemas[M]['params']> };
/** What a handler gets: bytes, canonical URIs, defaults filled in. */
export type DecodedParams = { [M in Method]: v.InferOutput<Schemas[M]['params']> };
/** What a handler answers: wire forms. */
export type MethodReplies = { [M in Method]: v.InferInput<Schemas[M]['result']> };
/** What a caller gets. */
export type MethodResults = { [M in Method]: v.InferOutput<Schemas[M]['result']> };

export const isMethod = (name: string): name is Method => Object.hasOwn(METHODS, name);
