import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { differingCalls } from './support/answered-calls.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import { play } from './support/play.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE } from './support/releases.js';

const TOOL = 'far_tool';

/** What this MCP server answers, by method; to all else with nothing. */
const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'far', version: '1' },
  },
  'tools/list': {
    tools: [{ name: TOOL, description: 'A tool on the executor.', inputSchema: { type: 'object', properties: {} } }],
  },
};

/** An MCP server over HTTP, without streams. */
async function startMcpServer(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const result = await answerTo(request);
    if (request.method !== 'POST') response.writeHead(405).end();
    else if (result === undefined) response.writeHead(202).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Undefined for a notification, and for a request without a message. */
async function answerTo(request: IncomingMessage): Promise<object | undefined> {
  const body = await text(request);
  const { id, method } = JSON.parse(body || '{}');
  return id === undefined ? undefined : { jsonrpc: '2.0', id, result: RESULTS[method] ?? {} };
}

interop(
  `through Codex ${CURRENT_RELEASE} a model has the tools of a server that only the executor's settings name`,
  async (t) => {
    const mcp = await startMcpServer();
    const { port } = mcp.address() as AddressInfo;
    const home = { 'config.toml': `[mcp_servers.far]\nurl = "http://127.0.0.1:${port}/mcp"\n` };
    try {
      const reference = await play(CURRENT_RELEASE, { files: {}, home, calls: [] }, () =>
        startReferenceServer(CURRENT_RELEASE),
      );
      t.true(JSON.stringify(reference.lastRequest).includes(TOOL));
      const farhand = await play(CURRENT_RELEASE, { files: {}, home, calls: [] }, startFarhandServer);
      t.true(JSON.stringify(farhand.lastRequest).includes(TOOL));
      t.deepEqual(differingCalls(reference.messages, farhand.messages), []);
    } finally {
      mcp.closeAllConnections();
      mcp.close();
    }
  },
);
