/** An executor on standard input and output that starts nothing: a process id is answered with our own pid. */
import { createInterface } from 'node:readline';

const exitOnStart = process.argv.includes('exit-on-start');
const results: Record<string, () => object> = {
  initialize: () => ({ sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' } } }),
  'environment/status': () => ({ status: 'ready' }),
  'process/start': () => ({ processId: String(process.pid), sandboxType: 'none' }),
};

createInterface(process.stdin).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'process/start' && exitOnStart) process.exit(0);
  process.stdout.write(`${JSON.stringify({ id, result: results[method]?.() ?? {} })}\n`);
});
