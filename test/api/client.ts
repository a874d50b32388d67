/** A caller of the API in process, to whom no reply may say anything that its document does not. */
import { expect } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { createKey } from '../../lib/api/keys.ts';
import type { Config } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { type Dependencies, SCOPES, type Scope } from '../../lib/workflow/ports.ts';
import { newRun } from '../helpers/runs.ts';
import { createWorld, type World } from '../helpers/world.ts';
import { operationOf, replyFaults } from './document.ts';

export const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } }),
  fetchOutput: async () => ({ value: { a: 1 }, files: [] }),
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it is, the document has just checked.
  readonly body: any;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

export interface SetUpOptions {
  readonly scopes?: readonly Scope[];
  readonly flows?: readonly string[];
  readonly session?: ProviderSession;
  readonly config?: Config;
  /** Parts of the world to replace. */
  readonly using?: Partial<Dependencies>;
}

export interface Client {
  readonly world: World;
  readonly dependencies: Dependencies;
  readonly app: ReturnType<typeof createApi>;
  readonly key: string;
  readonly keyId: string;
  readonly call: Call;
  /** Calls as another key does. */
  as(key: { readonly scopes: readonly Scope[]; readonly flows?: readonly string[] }): Promise<Call>;
}

export async function setUp(options: SetUpOptions = {}): Promise<Client> {
  const { scopes = SCOPES, flows, config } = options;
  const world = createWorld({ session: options.session ?? session, ...(config && { config }) });
  const dependencies: Dependencies = { ...world.dependencies, ...options.using };
  const app = createApi(dependencies, { environment: 'test' });
  const { key, keyId } = await createKey(dependencies, 'test', { scopes, ...(flows && { flows }) });
  const as = async (request: Parameters<Client['as']>[0]) =>
    callerOf(app, (await createKey(dependencies, 'test', request)).key);
  return { world, dependencies, app, key, keyId, call: callerOf(app, key), as };
}

function callerOf(app: Client['app'], key: string): Call {
  return async (method, path, body, headers = {}) => {
    const reply = await app.request(path, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return judged(method, path, reply);
  };
}

/** The reply, read and found to be as documented. */
export async function judged(method: string, path: string, reply: Response): Promise<Answer> {
  const text = await reply.text();
  if (method !== 'HEAD')
    expect(replyFaults(operationOf(method, path), reply, text), `${method} ${path}: ${reply.status} ${text}`).toEqual(
      [],
    );
  const isJson = /[/+]json/.test(reply.headers.get('content-type') ?? '');
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

/** A run in a state that only the machine can bring about; its id. */
export async function given({ dependencies }: Client, fields: Partial<Run>): Promise<string> {
  const run = newRun(fields);
  await dependencies.store.create(run);
  return run.id;
}
