/**
 * The composition root of the functions. One builder per function, each naming what it uses, so that a bundle holds no
 * client that its function never calls. Everything is built when it is first asked for.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { ENV, type FunctionName } from '../contract.ts';
import type { Config } from '../domain/config.ts';
import type { Dependencies, Ids, Timer } from '../workflow/ports.ts';
import type { AnnounceDependencies } from './announce.ts';
import { assemble, type Makers, once } from './assemble.ts';
import type { Bucket } from './bucket.ts';
import { CLIENT } from './client-options.ts';
import { type ConnectionsOptions, createConnections } from './connections.ts';
import { createApiKeyStore } from './dynamodb-api-key-store.ts';
import { createConnectionStates } from './dynamodb-connection-states.ts';
import { createFlowHistories } from './dynamodb-flow-histories.ts';
import { createInFlight } from './dynamodb-in-flight.ts';
import { createRequestBuckets } from './dynamodb-request-buckets.ts';
import { createRunStore } from './dynamodb-run-store.ts';
import { createScheduleStore } from './dynamodb-schedule-store.ts';
import { createExecutions } from './executions.ts';
import { createInputVault, type Objects } from './input-vault.ts';
import { lazyBucket } from './lazy-bucket.ts';
import { lazyBudgets } from './lazy-budgets.ts';
import { loadProvider } from './load-provider.ts';
import { readOwnKey } from './own-key.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { createFalloutQueue } from './sqs-fallout-queue.ts';
import type { TableOptions } from './table.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a handler needs besides: its log, told which invocation it is in. */
export type FunctionDependencies = Dependencies & Pick<Telemetry, 'begin'>;

const REQUESTS_PER_SECOND = 100;

const clock: Timer = {
  now: () => Date.now(),
  // Cut short is as good as over: whoever waits looks at its signal next.
  sleep: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
const nonce = () => randomBytes(16).toString('hex');
const ids: Ids = { runId: (now) => `run_${ulid(now)}`, nonce };

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** A part that this function has no permission for and no code of. */
function absent(service: FunctionName, part: string) {
  return (): never => {
    throw new Error(`The function ${service} was built without ${part}.`);
  };
}

/** Not before a platform is called: most of what a function holds is for that. */
const createHttpClient: ConnectionsOptions['createHttpClient'] = async (options) =>
  (await import('../http/create-http-client.ts')).createHttpClient(options);

/** Checked and completed by whoever shipped it, so that no function loads a schema of it. */
function readConfig(env: Environment): Config {
  return JSON.parse(readFileSync(required(env, ENV.config), 'utf8'));
}

/** A key of our own, in the secret that a variable names. */
function keyOf(env: Environment, variable: string, secrets: () => Secrets): () => Promise<Uint8Array> {
  return async () => readOwnKey(secrets(), required(env, variable));
}

function tableOf(env: Environment): () => TableOptions {
  return once(() => ({ client: new DynamoDBClient(CLIENT), table: required(env, ENV.table) }));
}

/** What every function has: the table, a clock, a log. */
function onTable(service: FunctionName, env: Environment, table = tableOf(env)): Makers<FunctionDependencies> {
  const telemetry = once(() => createTelemetry({ service, namespace: env[ENV.metricsNamespace] }));
  return {
    config: () => readConfig(env),
    store: () => createRunStore({ ...table(), clock }),
    keys: () => createApiKeyStore(table()),
    log: () => telemetry().log,
    begin: () => telemetry().begin,
    clock: () => clock,
    ids: () => ids,
    vault: absent(service, 'the vault'),
    outputs: absent(service, 'the output store'),
    connections: absent(service, 'connections'),
    executions: absent(service, 'executions'),
    schedules: absent(service, 'schedules'),
    falloutQueue: absent(service, 'the fallout queue'),
    buckets: absent(service, 'request buckets'),
    histories: absent(service, 'histories of flows'),
    states: absent(service, 'states of connections'),
    budgets: absent(service, 'request budgets'),
    inFlight: absent(service, 'slots of connections'),
  };
}

/** What the runs of a flow, or of a connection, know together. */
function sharedOf(table: () => TableOptions) {
  return {
    histories: () => createFlowHistories({ ...table(), clock, random: Math.random }),
    states: () => createConnectionStates({ ...table(), clock }),
    budgets: () => lazyBudgets(() => ({ ...table(), clock })),
  };
}

function secretsOf(): () => Secrets {
  return once(() => createSecrets({ client: new SecretsManagerClient(CLIENT), clock, random: Math.random }));
}

/** For functions that call platforms. */
function withPlatforms(service: FunctionName, env: Environment, objects?: Objects): Makers<FunctionDependencies> {
  const secrets = secretsOf();
  const table = tableOf(env);
  const parts = { ...onTable(service, env, table), ...sharedOf(table) };
  const config = once(parts.config);
  const connections = () => createConnections({ config: config(), loadProvider, secrets: secrets(), createHttpClient });
  const vault = () =>
    createInputVault({ rootKey: keyOf(env, ENV.rootKeySecret, secrets), ...(objects && { objects }) });
  return { ...parts, config, connections, vault };
}

function bucketOf(env: Environment): Bucket {
  return lazyBucket({ bucket: required(env, ENV.bucket), nonce });
}

function executionsOf(env: Environment) {
  const stateMachineArn = required(env, ENV.stateMachine);
  return createExecutions({ client: new SFNClient(CLIENT), stateMachineArn });
}

function withBucket(service: FunctionName, env: Environment): Makers<FunctionDependencies> {
  const { objects, outputs } = bucketOf(env);
  return { ...withPlatforms(service, env, objects), outputs: () => outputs };
}

/** Runs take their slots, or their places in line, where they begin. */
export function startDependencies(env: Environment = process.env): FunctionDependencies {
  const table = tableOf(env);
  return assemble({ ...withBucket('start', env), inFlight: () => createInFlight(table()) });
}

export function pollDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withPlatforms('poll', env));
}

export function fetchOutputDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withBucket('fetch-output', env));
}

/** For functions that begin executions, and let runs leave the line for a slot. */
function withSlots(service: FunctionName, env: Environment, table = tableOf(env)): Makers<FunctionDependencies> {
  return {
    ...onTable(service, env, table),
    inFlight: () => createInFlight(table()),
    executions: () => executionsOf(env),
  };
}

export function releaseDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withSlots('release', env));
}

export function settleDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withSlots('settle', env));
}

/** For functions that take requests in: sealed, stored, and an execution for each. */
function withRequests(service: FunctionName, env: Environment, table = tableOf(env)): Makers<FunctionDependencies> {
  const { objects } = bucketOf(env);
  return {
    ...withSlots(service, env, table),
    vault: () => createInputVault({ rootKey: keyOf(env, ENV.rootKeySecret, secretsOf()), objects }),
    schedules: () => createScheduleStore(table()),
  };
}

export function intakeDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withRequests('intake', env));
}

/** Also takes requests in: slots of schedules that nobody fired. */
export function sweepDependencies(env: Environment = process.env): FunctionDependencies {
  const falloutQueue = () =>
    createFalloutQueue({ client: new SQSClient(CLIENT), queueUrl: required(env, ENV.falloutQueue) });
  return assemble({ ...withRequests('sweep', env), falloutQueue });
}

/** Everything but calls to platforms, which the API leaves to the functions of the machine. */
export function apiDependencies(env: Environment = process.env): FunctionDependencies {
  const table = tableOf(env);
  const parts = { ...withRequests('api', env, table), ...sharedOf(table) };
  const config = once(parts.config);
  // Opens no connection: the function may not read the secrets of any.
  const connections = () =>
    createConnections({ config: config(), loadProvider, secrets: secretsOf()(), createHttpClient });
  const requestsPerSecond = Number(env[ENV.requestsPerSecond] ?? REQUESTS_PER_SECOND);
  const buckets = () => createRequestBuckets({ ...table(), clock, nonce, requestsPerSecond });
  return assemble({ ...parts, config, connections, buckets, outputs: () => bucketOf(env).outputs });
}

/** The stream brings the records, so there is no table in it. */
export function announceDependencies(env: Environment = process.env): AnnounceDependencies & Pick<Telemetry, 'begin'> {
  const telemetry = once(() => createTelemetry({ service: 'announce', namespace: env[ENV.metricsNamespace] }));
  const eventKey = keyOf(env, ENV.eventKeySecret, secretsOf());
  return assemble<AnnounceDependencies & Pick<Telemetry, 'begin'>>({
    log: () => telemetry().log,
    begin: () => telemetry().begin,
    clock: () => clock,
    eventKey: () => eventKey,
  });
}

/** API keys where they are kept, for an operator who needs none to make the first. */
export function keyDependencies(env: Environment): Pick<Dependencies, 'keys' | 'vault' | 'clock'> {
  const table = tableOf(env);
  return assemble<Pick<Dependencies, 'keys' | 'vault' | 'clock'>>({
    keys: () => createApiKeyStore(table()),
    vault: () => createInputVault({ rootKey: keyOf(env, ENV.rootKeySecret, secretsOf()) }),
    clock: () => clock,
  });
}

/** What the API needs besides, of the machine it runs on. */
export function apiOptions(env: Environment = process.env) {
  return { environment: env[ENV.environment] ?? 'prod' };
}
