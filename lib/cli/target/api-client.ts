/** The few calls of our own API that the sample makes; it talks to it as everybody does. */
import { z } from 'zod';

const runSchema = z.looseObject({
  id: z.string(),
  flowId: z.string(),
  provider: z.string(),
  status: z.string(),
  remoteStatus: z.string().optional(),
  looks: z.number(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  progress: z.looseObject({ percentage: z.number().optional(), message: z.string().optional() }).optional(),
  waitingFor: z.looseObject({ url: z.string().optional() }).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
  fallout: z.looseObject({ reason: z.string() }).optional(),
});
export type RunView = z.output<typeof runSchema>;

const outputSchema = z.looseObject({
  value: z.json().optional(),
  files: z.array(z.looseObject({ name: z.string(), bytes: z.number(), sha256: z.string(), href: z.string() })),
});
export type OutputView = z.output<typeof outputSchema>;

export interface ApiClient {
  start(flowId: string, parameters: Readonly<Record<string, unknown>>): Promise<RunView>;
  run(id: string): Promise<RunView>;
  output(id: string): Promise<OutputView>;
  file(href: string): Promise<Uint8Array>;
}

/** Never sends on to another place what was meant for this one. */
function send(place: URL, init: RequestInit): Promise<Response> {
  return fetch(place, { ...init, redirect: 'manual', signal: AbortSignal.timeout(30_000) });
}

export function createApiClient(apiUrl: string, key: string): ApiClient {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const place = new URL(path, apiUrl);
    if (place.origin !== new URL(apiUrl).origin) throw new Error(`${place.origin} is not the API.`);
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const response = await send(place, { ...init, headers });
    if (response.ok || response.status === 303) return response;
    throw new Error(`${init.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`);
  }
  return {
    async start(flowId, parameters) {
      const body = JSON.stringify({ parameters });
      return runSchema.parse(await (await call(`/v1/flows/${flowId}/runs`, { method: 'POST', body })).json());
    },
    run: async (id) => runSchema.parse(await (await call(`/v1/runs/${id}`)).json()),
    output: async (id) => outputSchema.parse(await (await call(`/v1/runs/${id}/output`)).json()),
    async file(href) {
      const reply = await call(href);
      const link = reply.headers.get('location');
      // It says by itself who may follow it; the key is for nobody but the API.
      const from = link === null ? reply : await send(new URL(link), {});
      return new Uint8Array(await from.arrayBuffer());
    },
  };
}
