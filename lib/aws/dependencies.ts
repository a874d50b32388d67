/**
 * The composition root of the functions. One builder per function, each naming what it uses, so that a bundle holds no
 * client that its function never calls. Everything is built when it is first asked for.
 */
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ENV, type FunctionName } from '../contract.ts';
import type { Config } from '../domain/config.ts';
import type { Dependencies } from '../workflow/ports.ts';
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
import type { Effects, Environment } from './effects.ts';
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
import { clock, ids, nonce } from './time-and-ids.ts';

/** What a handler needs besides: its log, told which invocation it is in. */
export type FunctionDependencies = Dependencies & Pick<Telemetry, 'begin'>;

const REQUESTS_PER_SECOND = 100;

const envOf = ({ env = process.env }: Effects): Environment => env;

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
function httpClients({ openReply }: Effects): ConnectionsOptions['createHttpClient'] {
  return async (options) =>
    (await import('../http/create-http-client.ts')).createHttpClient({ ...options, ...(openReply && { openReply }) });
}

/** Checked and completed by whoever shipped it, so that no function loads a schema of it. */
function configOf(effects: Effects): Config {
  return effects.config ?? JSON.parse(readFileSync(required(envOf(effects), ENV.config), 'utf8'));
}

/** A key of our own, in the secret that a variable names. */
function keyOf(effects: Effects, variable: string, secrets: () => Secrets): () => Promise<Uint8Array> {
  return async () => readOwnKey(secrets(), required(envOf(effects), variable));
}

function tableOf(effects: Effects): () => TableOptions {
  return once(() => ({
    client: effects.dynamodb ?? new DynamoDBClient(CLIENT),
    table: required(envOf(effects), ENV.table),
  }));
}

/** What every function has: the table, a clock, a log. */
function onTable(service: FunctionName, effects: Effects, table = tableOf(effects)): Makers<FunctionDependencies> {
  const telemetry = once(() => createTelemetry({ service, namespace: envOf(effects)[ENV.metricsNamespace] }));
  return {
    config: () => configOf(effects),
    store: () => createRunStore({ ...table(), clock }),
    keys: () => createApiKeyStore(table()),
    log: () => effects.log ?? telemetry().log,
    begin: () => (effects.log === undefined ? telemetry().begin : () => {}),
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

function secretsOf({ secretsManager }: Effects): () => Secrets {
  return once(() =>
    createSecrets({ client: secretsManager ?? new SecretsManagerClient(CLIENT), clock, random: Math.random }),
  );
}

/** For functions that call platforms. */
function withPlatforms(service: FunctionName, effects: Effects, objects?: Objects): Makers<FunctionDependencies> {
  const secrets = secretsOf(effects);
  const table = tableOf(effects);
  const parts = { ...onTable(service, effects, table), ...sharedOf(table) };
  const config = once(parts.config);
  const connections = () =>
    createConnections({ config: config(), loadProvider, secrets: secrets(), createHttpClient: httpClients(effects) });
  const vault = () =>
    createInputVault({ rootKey: keyOf(effects, ENV.rootKeySecret, secrets), ...(objects && { objects }) });
  return { ...parts, config, connections, vault };
}

function bucketOf(effects: Effects): Bucket {
  return lazyBucket({ bucket: required(envOf(effects), ENV.bucket), nonce, client: effects.s3 });
}

function executionsOf(effects: Effects) {
  const stateMachineArn = required(envOf(effects), ENV.stateMachine);
  return createExecutions({ client: effects.stepFunctions ?? new SFNClient(CLIENT), stateMachineArn });
}

function withBucket(service: FunctionName, effects: Effects): Makers<FunctionDependencies> {
  const { objects, outputs } = bucketOf(effects);
  return { ...withPlatforms(service, effects, objects), outputs: () => outputs };
}

/** Runs take their slots, or their places in line, where they begin. */
export function startDependencies(effects: Effects = {}): FunctionDependencies {
  const table = tableOf(effects);
  return assemble({ ...withBucket('start', effects), inFlight: () => createInFlight(table()) });
}

export function pollDependencies(effects: Effects = {}): FunctionDependencies {
  return assemble(withPlatforms('poll', effects));
}

export function fetchOutputDependencies(effects: Effects = {}): FunctionDependencies {
  return assemble(withBucket('fetch-output', effects));
}

/** For functions that begin executions, and let runs leave the line for a slot. */
function withSlots(service: FunctionName, effects: Effects, table = tableOf(effects)): Makers<FunctionDependencies> {
  return {
    ...onTable(service, effects, table),
    inFlight: () => createInFlight(table()),
    executions: () => executionsOf(effects),
  };
}

export function releaseDependencies(effects: Effects = {}): FunctionDependencies {
  return assemble(withSlots('release', effects));
}

export function settleDependencies(effects: Effects = {}): FunctionDependencies {
  return assemble(withSlots('settle', effects));
}

/** For functions that take requests in: sealed, stored, and an execution for each. */
function withRequests(service: FunctionName, effects: Effects, table = tableOf(effects)): Makers<FunctionDependencies> {
  const { objects } = bucketOf(effects);
  return {
    ...withSlots(service, effects, table),
    vault: () => createInputVault({ rootKey: keyOf(effects, ENV.rootKeySecret, secretsOf(effects)), objects }),
    schedules: () => createScheduleStore(table()),
  };
}

export function intakeDependencies(effects: Effects = {}): FunctionDependencies {
  return assemble(withRequests('intake', effects));
}

/** Also takes requests in: slots of schedules that nobody fired. */
export function sweepDependencies(effects: Effects = {}): FunctionDependencies {
  const falloutQueue = () =>
    createFalloutQueue({
      client: effects.sqs ?? new SQSClient(CLIENT),
      queueUrl: required(envOf(effects), ENV.falloutQueue),
    });
  return assemble({ ...withRequests('sweep', effects), falloutQueue });
}

/** Everything but calls to platforms, which the API leaves to the functions of the machine. */
export function apiDependencies(effects: Effects = {}): FunctionDependencies {
  const table = tableOf(effects);
  const parts = { ...withRequests('api', effects, table), ...sharedOf(table) };
  const config = once(parts.config);
  // Opens no connection: the function may not read the secrets of any.
  const connections = () =>
    createConnections({
      config: config(),
      loadProvider,
      secrets: secretsOf(effects)(),
      createHttpClient: httpClients(effects),
    });
  const requestsPerSecond = Number(envOf(effects)[ENV.requestsPerSecond] ?? REQUESTS_PER_SECOND);
  const buckets = () => createRequestBuckets({ ...table(), clock, nonce, requestsPerSecond });
  return assemble({ ...parts, config, connections, buckets, outputs: () => bucketOf(effects).outputs });
}

/** The stream brings the records, so there is no table in it. */
export function announceDependencies(effects: Effects = {}): AnnounceDependencies & Pick<Telemetry, 'begin'> {
  const telemetry = once(() =>
    createTelemetry({ service: 'announce', namespace: envOf(effects)[ENV.metricsNamespace] }),
  );
  const eventKey = keyOf(effects, ENV.eventKeySecret, secretsOf(effects));
  return assemble<AnnounceDependencies & Pick<Telemetry, 'begin'>>({
    log: () => effects.log ?? telemetry().log,
    begin: () => (effects.log === undefined ? telemetry().begin : () => {}),
    clock: () => clock,
    eventKey: () => eventKey,
  });
}

/** API keys where they are kept, for an operator who needs none to make the first. */
export function keyDependencies(effects: Effects): Pick<Dependencies, 'keys' | 'vault' | 'clock'> {
  const table = tableOf(effects);
  return assemble<Pick<Dependencies, 'keys' | 'vault' | 'clock'>>({
    keys: () => createApiKeyStore(table()),
    vault: () => createInputVault({ rootKey: keyOf(effects, ENV.rootKeySecret, secretsOf(effects)) }),
    clock: () => clock,
  });
}

/** What the API needs besides, of the machine it runs on. */
export function apiOptions(effects: Effects = {}) {
  return { environment: envOf(effects)[ENV.environment] ?? 'prod' };
}
