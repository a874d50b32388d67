/** A door in front of one of AWS's services, at which calls are refused and replies get lost as a test says. */
import { Agent, createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ProxiedCall {
  /** As in `PutItem`. */
  readonly operation: string;
  /** As sent: the SDK's repetition of a call has the same. */
  readonly body: string;
}

export type Trouble =
  /** The service acts, its caller hears nothing. */
  | 'reply-lost'
  /** The service never hears of it. */
  | 'unreachable'
  /** The service hears of it, and the caller is left waiting. */
  | 'silence'
  /** What the same call was answered the last time; nothing found, if there was none. */
  | 'stale'
  /** A refusal under this name of AWS's. */
  | { readonly refusal: string };

export interface ServiceProxy {
  readonly url: string;
  /** Where calls go. */
  target: string;
  /** Asked about each call. */
  trouble: (call: ProxiedCall) => Trouble | undefined;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const FREE_SOCKET_MS = 4_000;
const JSON_TYPE = 'application/x-amz-json-1.0';
const NOTHING: Reply = {
  status: 200,
  headers: { 'content-type': JSON_TYPE },
  body: Buffer.from('{"Items":[],"Count":0}'),
};

const refusalOf = (name: string): Reply => ({
  status: 400,
  headers: { 'content-type': JSON_TYPE },
  body: Buffer.from(JSON.stringify({ __type: name, message: 'Rate exceeded' })),
});

/** Headers stay as they are, the host among them: they are signed. */
function forward(
  agent: Agent,
  target: string,
  headers: IncomingHttpHeaders,
  path: string,
  body: string,
): Promise<Reply> {
  const { hostname, port } = new URL(target);
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, hostname, port, path, method: 'POST', headers }, async (incoming) => {
      const { statusCode = 500, headers: received } = incoming;
      buffer(incoming).then((bytes) => resolve({ status: statusCode, headers: received, body: bytes }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

/** Without a target nothing is reachable. */
export async function startServiceProxy(cleanUp: (task: () => Promise<void>) => void): Promise<ServiceProxy> {
  // Whoever counts sockets afterwards finds none that only nobody has let go of yet.
  const agent = new Agent({ keepAlive: true, timeout: FREE_SOCKET_MS });
  const last = new Map<string, Reply>();
  const server = createServer((incoming, response) => {
    answer().catch(() => response.destroy());

    async function answer(): Promise<void> {
      const body = (await buffer(incoming)).toString();
      const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
      const trouble = proxy.trouble({ operation, body });
      if (trouble === 'unreachable') return void response.destroy();
      if (trouble === 'stale') return write(response, last.get(body) ?? NOTHING);
      if (typeof trouble === 'object') return write(response, refusalOf(trouble.refusal));
      const reply = await forward(agent, proxy.target, incoming.headers, incoming.url ?? '/', body);
      if (trouble === 'reply-lost') return void response.destroy();
      if (trouble === 'silence') return;
      if (operation === 'Query') last.set(body, reply);
      write(response, reply);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: ServiceProxy = {
    url: `http://127.0.0.1:${port}`,
    target: '',
    trouble: () => undefined,
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  cleanUp(() => proxy.close());
  return proxy;
}
