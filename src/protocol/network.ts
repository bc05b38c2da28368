/** What a process may reach over the network, and the callback in which a client decides. Source: 0.169.0. */
import type * as v from 'valibot';
import {
  amount,
  anything,
  boolean,
  defaulted,
  list,
  mapOf,
  nullable,
  oneOf,
  processId,
  string,
  u16,
} from './fields.js';
import { namedStruct, struct } from './struct.js';
import { tagged } from './tagged.js';

export const managedNetwork = struct('ManagedNetworkSandboxContext', {
  loopbackPorts: defaulted(list(u16), []),
  allowLocalBinding: defaulted(boolean, false),
});
export type ManagedNetwork = v.InferOutput<typeof managedNetwork>;

const proxy = namedStruct('RemoteNetworkProxyConfig', {
  enabled: boolean,
  enableSocks5: boolean,
  enableSocks5Udp: boolean,
  allowUpstreamProxy: boolean,
  dangerouslyAllowAllUnixSockets: boolean,
  mode: oneOf('limited', 'full'),
  domains: nullable(mapOf(oneOf('none', 'allow', 'deny'))),
  unixSockets: nullable(mapOf(oneOf('allow', 'deny'))),
  allowLocalBinding: boolean,
  reviewDomains: defaulted(list(string), []),
  credentialProviders: nullable(anything),
});

/** `auditMetadata` is only passed on. With `policyDecisionTimeoutMs` the client is asked about hosts that no rule decides. */
export const networkProxy = struct('RemoteNetworkProxyLaunchConfig', {
  proxy,
  auditMetadata: nullable(anything),
  environmentId: nullable(string),
  executionId: nullable(string),
  policyDecisionTimeoutMs: nullable(amount),
});
export type NetworkProxy = v.InferOutput<typeof networkProxy>;

/** network/policyRequest, from server to client. */
export const policyRequestParams = struct('NetworkPolicyRequestParams', {
  processId,
  request: struct('NetworkPolicyRequest', {
    protocol: oneOf('http', 'https_connect', 'socks5_tcp', 'socks5_udp'),
    host: string,
    port: u16,
  }),
});
export type PolicyRequestParams = v.InferOutput<typeof policyRequestParams>;

const reason = struct('Reason', { reason: string });
export const policyRequestResult = struct('NetworkPolicyResponse', {
  decision: tagged('NetworkPolicyDecision', 'type', { allow: struct('Allow', {}), deny: reason, ask: reason }),
});
export type PolicyRequestResult = v.InferOutput<typeof policyRequestResult>;

/** network/policyDecision: what was decided, for the record; not in sequence with the process's events, and may be lost. */
export const policyDecision = struct('NetworkPolicyDecisionNotification', {
  processId,
  timestamp: string,
  scope: string,
  decision: string,
  source: string,
  reason: string,
  protocol: string,
  host: string,
  port: u16,
  method: nullable(string),
  client: nullable(string),
  policyOverride: defaulted(boolean, false),
});
export type PolicyDecision = v.InferOutput<typeof policyDecision>;
