/**
 * The console page from its sources, redrawn with every change, with the API of an Errand that runs already.
 *
 *   node infra/console-dev.ts [--url http://127.0.0.1:8787] [--port 5173]
 */
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { CONSOLE } from '../lib/contract.ts';
import { CONSOLE_ROOT, consoleConfig } from './console-vite.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    port: { type: 'string', default: '5173' },
  },
});

const server = await createServer({
  ...consoleConfig(CONSOLE_ROOT),
  server: {
    host: '127.0.0.1',
    port: Number(values.port),
    proxy: { '/v1': values.url, [`/${CONSOLE.folder}/${CONSOLE.workflow}`]: values.url },
  },
});
await server.listen();
console.log(`The console is at http://127.0.0.1:${server.config.server.port}/console/, on the API of ${values.url}.`);
