/**
 * A program: the embedded runtime of whichever version's sources this file lies in; it is copied into an older one's tree.
 * So it uses only what every version has. Takes a `HostSetup` as JSON and ends with its parent.
 */

import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createKey } from '../../lib/api/keys.ts';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { startRuntime } from '../../lib/local/runtime.ts';

export interface HostSetup {
  readonly dataDir: string;
  readonly configFile: string;
  /** Calls of functions are written to it, a line each. */
  readonly recordTo?: string;
}

export interface HostReady {
  readonly apiUrl: string;
  readonly key: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** One call of a function. */
export interface RecordedCall {
  readonly name: string;
  readonly atMs: number;
  readonly endedAtMs: number;
  readonly payload: unknown;
  /** What it returned; absent where it failed. */
  readonly value?: unknown;
  readonly error?: string;
  /** The run's item before the call, where it is about one run. */
  readonly before?: unknown;
}

interface Call {
  readonly kind: string;
  readonly id: string;
  readonly payload: string;
  readonly invokedFunctionArn: string;
}

interface Reply {
  readonly kind: string;
  readonly id: string;
  readonly value?: string;
  readonly error?: { readonly errorType: string };
}

type Post = Worker['postMessage'];

const setup = JSON.parse(process.argv[2] ?? '{}') as HostSetup;
let client: DynamoDBClient | undefined;
let table = '';

/** The run that a payload is about: by its id, or by the name of its execution. */
const runIdOf = ({ runId, execution }: { readonly runId?: unknown; readonly execution?: unknown }) =>
  /run_[0-9A-Z]{26}/.exec(String(runId ?? execution))?.[0];

async function runItem(payload: object): Promise<unknown> {
  const runId = runIdOf(payload);
  if (runId === undefined || client === undefined) return undefined;
  const Key = { pk: { S: `RUN#${runId}` }, sk: { S: 'RUN' } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item && unmarshall(Item);
}

/** Every call is held back until the run's record has been read as the function will find it. */
function recordCalls(worker: Worker, file: string): void {
  const open = new Map<string, Omit<RecordedCall, 'endedAtMs'>>();
  const post: Post = worker.postMessage.bind(worker);
  worker.postMessage = ((message: Call, ...rest: []) => {
    if (message.kind !== 'call') return post(message, ...rest);
    const payload = JSON.parse(message.payload);
    const name = /errand-([a-z-]+)/.exec(message.invokedFunctionArn)?.[1] ?? '';
    void runItem(payload)
      .catch(() => undefined)
      .then((before) => {
        open.set(message.id, { name, atMs: Date.now(), payload, ...(before !== undefined && { before }) });
        post(message, ...rest);
      });
  }) as Post;
  worker.on('message', ({ kind, id, value, error }: Reply) => {
    const call = open.get(id);
    if (kind !== 'reply' || call === undefined) return;
    open.delete(id);
    const ended = error === undefined ? { value: JSON.parse(value ?? 'null') } : { error: error.errorType };
    appendFileSync(file, `${JSON.stringify({ ...call, endedAtMs: Date.now(), ...ended } satisfies RecordedCall)}\n`);
  });
}

const { recordTo } = setup;
if (recordTo !== undefined)
  subscribe('worker_threads', (message) => {
    const { worker } = message as { readonly worker: Worker };
    if (new Error().stack?.includes('function-host')) recordCalls(worker, recordTo);
  });
process.on('disconnect', () => process.exit(0));

const { dataDir, configFile } = setup;
const runtime = await startRuntime({ dataDir, configFile, port: 0, log: (line) => console.error(line) });
Object.assign(process.env, runtime.environment);
client = new DynamoDBClient({ endpoint: String(runtime.environment.AWS_ENDPOINT_URL_DYNAMODB) });
table = String(runtime.environment.ERRAND_TABLE);
const scopes = ['runs:start', 'runs:read', 'runs:cancel', 'fallout:resolve', 'keys:admin'] as const;
const { key } = await createKey(apiDependencies(), 'local', { scopes });
process.send?.({ apiUrl: runtime.apiUrl, key, environment: runtime.environment } satisfies HostReady);
