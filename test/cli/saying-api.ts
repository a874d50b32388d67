/** An API that says what a test wants it to say. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const ID = 'run_01M80VHAHAVW2F1TK167TGXBQX';
export const AT = '2026-03-02T09:00:00.000Z';
export const RUN = {
  id: ID,
  flowId: 'offer',
  connection: 'smart-flows',
  provider: 'smart-flows',
  status: 'RUNNING',
  attempt: 1,
  maxAttempts: 1,
  trigger: 'api',
  createdAt: AT,
  updatedAt: AT,
  deadline: AT,
  looks: 1,
  parameters: {},
  links: { execution: 'arn' },
};
export const FLOW = {
  id: 'offer',
  connection: 'c',
  provider: 'p',
  parametersSchema: {},
  deadline: 'PT1H',
  duration: {},
};

export type Answer = (method: string, path: string) => object | number | 'silence' | 'reset';

/** An API that says what it is told to say, and the environment that leads to it. */
export async function saying(answer: Answer) {
  const serve = ({ method = '', url = '', socket }: IncomingMessage, response: ServerResponse) => {
    const said = answer(method, url.split('?')[0] ?? '');
    if (said === 'reset') return socket.resetAndDestroy();
    // As a gateway before an API says it.
    if (typeof said === 'number') return response.writeHead(said).end('{"message":"Service Unavailable"}');
    return said === 'silence' ? undefined : response.writeHead(200).end(JSON.stringify(said));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { ERRAND_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ERRAND_KEY: 'k' };
}

/** The same run and flow, whatever is asked. */
export const always =
  (run: object, { events = [], flow = FLOW }: { events?: readonly object[]; flow?: object } = {}): Answer =>
  (_, path) => {
    if (path.endsWith('/events')) return { items: events };
    if (path === '/v1/runs') return { items: [run] };
    return path.startsWith('/v1/flows/') && !path.endsWith('/runs') ? flow : run;
  };
