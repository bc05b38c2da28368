/** The hosts that one peer has us speak to: connections to them are kept for the next request of this peer, and for no other. */
import { Agent, type AgentOptions, type RequestOptions } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { HTTP_IDLE_CONNECTION_MS, HTTP_IDLE_CONNECTIONS } from '../protocol/limits.js';
import { type Answer, ask, StaleConnection } from './ask.js';
import type { Environment } from './header-variables.js';
import { isLoopback } from './loopback.js';
import { messageHead } from './message-head.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { type HttpProxy, proxyFor } from './proxy.js';
import type { Trust } from './trust.js';
import { hostOf, openTunnel } from './tunnel.js';

const KEPT = { keepAlive: true, timeout: HTTP_IDLE_CONNECTION_MS, maxFreeSockets: HTTP_IDLE_CONNECTIONS };

export class Upstreams {
  readonly #environment: Environment;
  readonly #loopbackIsDirect: boolean;
  readonly #connections: AgentOptions;
  readonly #plain: Agent;
  readonly #trust: Trust;
  #secure: { readonly agent: SecureAgent; readonly trust: ConnectionOptions } | undefined;

  /**
   * `loopbackIsDirect`: whether no proxy is asked to reach this machine. Whoever sends there in plain text what nobody else may see
   * needs that. (The reference asks the proxy for its peers.)
   * `keeps`: whether connections are kept for the next request. Who may send nothing twice does without: a host can end a kept
   * connection at any time, and nobody can tell then whether the request was taken.
   */
  constructor(environment: Environment, trust: Trust, { keeps = true, loopbackIsDirect = false } = {}) {
    this.#loopbackIsDirect = loopbackIsDirect;
    this.#environment = environment;
    this.#trust = trust;
    this.#connections = keeps ? KEPT : {};
    this.#plain = new Agent(this.#connections);
  }

  /**
   * Resolves when the head of the answer is in. Redirects are answers like any other.
   * Errors: an RpcError for what the environment says and we cannot do, otherwise whatever Node says.
   */
  async send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const isDirect = this.#loopbackIsDirect && isLoopback(request.url);
    const proxy = isDirect ? undefined : proxyFor(request.url, this.#environment);
    const isSecure = request.url.protocol === 'https:';
    if (proxy && isSecure) return this.#throughTunnel(request, proxy, signal);
    const head = messageHead(request, proxy);
    const where = await this.#reach(proxy?.url ?? request.url);
    for (;;) {
      try {
        return await ask(head, request.body, where, signal);
      } catch (error) {
        // Each time with one kept connection less, so this ends.
        if (!(error instanceof StaleConnection) || !IDEMPOTENT.has(head.method)) throw error;
      }
    }
  }

  /** Ends every connection, in use or not. */
  close(): void {
    this.#plain.destroy();
    this.#secure?.agent.destroy();
  }

  async #throughTunnel(request: OutgoingRequest, proxy: HttpProxy, signal: AbortSignal): Promise<Answer> {
    const { trust } = await this.#secured();
    // A tunnel is for one request: kept, it would have to be told apart by the host behind it.
    const agent = proxy.url.protocol === 'https:' ? new SecureAgent(trust) : new Agent();
    const tunnel = await openTunnel(request.url, proxy, reach(proxy.url, agent), trust, signal);
    try {
      return await ask(messageHead(request), request.body, { createConnection: () => tunnel }, signal);
    } catch (error) {
      tunnel.destroy();
      throw error;
    }
  }

  async #reach(url: URL): Promise<RequestOptions> {
    return reach(url, url.protocol === 'https:' ? (await this.#secured()).agent : this.#plain);
  }

  async #secured(): Promise<{ agent: SecureAgent; trust: ConnectionOptions }> {
    if (!this.#secure) {
      const secureContext = await this.#trust.context();
      const trust = secureContext ? { secureContext } : {};
      this.#secure ??= { agent: new SecureAgent({ ...this.#connections, ...trust }), trust };
    }
    return this.#secure;
  }
}

const reach = (url: URL, agent: Agent): RequestOptions => ({
  protocol: url.protocol,
  host: hostOf(url),
  port: url.port,
  agent,
});

/** May be sent again when we cannot know whether they arrived. Source: RFC 9110, section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
