/** A service that speaks AWS's JSON protocol, in this process, answering as a test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface AwsJsonCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A refusal under AWS's own name. */
export class AwsRefusal extends Error {
  readonly status: number;

  constructor(code: string, status = 400) {
    super(code);
    this.status = status;
  }
}

export interface AwsJsonServer {
  readonly calls: AwsJsonCall[];
  /** Options for any client of the SDK; it tries once. */
  readonly clientOptions: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** Throws an `AwsRefusal` to refuse. */
  answer: (call: AwsJsonCall) => object | Promise<object>;
  close(): Promise<void>;
}

export async function startAwsJsonServer(): Promise<AwsJsonServer> {
  const http = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const call = { operation, input: (await json(request)) as AwsJsonCall['input'] };
    server.calls.push(call);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(await server.answer(call)));
    } catch (error) {
      const refusal = error instanceof AwsRefusal ? error : new AwsRefusal('InternalFailure', 500);
      response.writeHead(refusal.status).end(JSON.stringify({ __type: refusal.message, message: refusal.message }));
    }
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: AwsJsonServer = {
    calls: [],
    clientOptions: {
      endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    },
    answer: () => ({}),
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
