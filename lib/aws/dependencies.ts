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
import { SecretUnavailableError } from '../domain/errors.ts';
import type { Dependencies, Ids, Timer } from '../workflow/ports.ts';
import type { AnnounceDependencies } from './announce.ts';
import type { Bucket } from './bucket.ts';
import { CLIENT } from './client-options.ts';
import { type ConnectionsOptions, createConnections } from './connections.ts';
import { createApiKeyStore } from './dynamodb-api-key-store.ts';
import { createRequestBuckets } from './dynamodb-request-buckets.ts';
import { createRunStore } from './dynamodb-run-store.ts';
import { createScheduleStore } from './dynamodb-schedule-store.ts';
import { createExecutions } from './executions.ts';
import { createInputVault, type InputVaultOptions, type Objects } from './input-vault.ts';
import { loadProvider } from './load-provider.ts';
import { secretTexts } from './secret-value.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { createFalloutQueue } from './sqs-fallout-queue.ts';
import type { TableOptions } from './table.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a handler needs besides: its log, told which invocation it is in. */
export type FunctionDependencies = Dependencies & Pick<Telemetry, 'begin'>;

/** How to build each part; each is built once, when first used. */
type Makers<Parts> = { readonly [Name in keyof Parts]: () => Parts[Name] };

const MIN_ROOT_KEY_LENGTH = 32;
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

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function assemble<Parts extends object>(makers: Makers<Parts>): Parts {
  const parts = Object.entries<() => unknown>(makers).map(([name, make]) => [
    name,
    { get: once(make), enumerable: true },
  ]);
  return Object.defineProperties({}, Object.fromEntries(parts)) as Parts;
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

/** A key of our own: the one text in the secret that a variable names. */
function keyOf(env: Environment, variable: string, secrets: () => Secrets): () => Promise<Uint8Array> {
  return async () => {
    const name = required(env, variable);
    const [key = '', ...others] = secretTexts((await secrets().read(name, 'cached')).value);
    if (key.length >= MIN_ROOT_KEY_LENGTH && others.length === 0) return Buffer.from(key);
    const rule = `expected a JSON object with one text of ${MIN_ROOT_KEY_LENGTH} characters or more`;
    throw new SecretUnavailableError(`secret "${name}": ${rule}`, 'malformed');
  };
}

function rootKeyOf(env: Environment, secrets: () => Secrets): InputVaultOptions['rootKey'] {
  return keyOf(env, ENV.rootKeySecret, secrets);
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
  };
}

function secretsOf(): () => Secrets {
  return once(() => createSecrets({ client: new SecretsManagerClient(CLIENT), clock, random: Math.random }));
}

/** For functions that call platforms. */
function withPlatforms(service: FunctionName, env: Environment, objects?: Objects): Makers<FunctionDependencies> {
  const secrets = secretsOf();
  const parts = onTable(service, env);
  const config = once(parts.config);
  const connections = () => createConnections({ config: config(), loadProvider, secrets: secrets(), createHttpClient });
  const vault = () => createInputVault({ rootKey: rootKeyOf(env, secrets), ...(objects && { objects }) });
  return { ...parts, config, connections, vault };
}

/** Not before something is too large for the table, or is output. */
function bucketOf(env: Environment): Bucket {
  const options = { bucket: required(env, ENV.bucket), nonce };
  const load = once(async () => (await import('./bucket.ts')).openBucket(options));
  return {
    objects: {
      put: async (...what) => (await load()).objects.put(...what),
      get: async (key) => (await load()).objects.get(key),
    },
    outputs: {
      store: async (...what) => (await load()).outputs.store(...what),
      value: async (output) => (await load()).outputs.value(output),
      read: async (file) => (await load()).outputs.read(file),
      signedUrl: async (file) => (await load()).outputs.signedUrl(file),
    },
  };
}

function executionsOf(env: Environment) {
  const stateMachineArn = required(env, ENV.stateMachine);
  return createExecutions({ client: new SFNClient(CLIENT), stateMachineArn });
}

function withBucket(service: FunctionName, env: Environment): Makers<FunctionDependencies> {
  const { objects, outputs } = bucketOf(env);
  return { ...withPlatforms(service, env, objects), outputs: () => outputs };
}

export function startDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withBucket('start', env));
}

export function pollDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withPlatforms('poll', env));
}

export function fetchOutputDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble(withBucket('fetch-output', env));
}

export function settleDependencies(env: Environment = process.env): FunctionDependencies {
  return assemble({ ...onTable('settle', env), executions: () => executionsOf(env) });
}

/** For functions that take requests in: sealed, stored, and an execution for each. */
function withRequests(service: FunctionName, env: Environment): Makers<FunctionDependencies> {
  const table = tableOf(env);
  const { objects } = bucketOf(env);
  return {
    ...onTable(service, env, table),
    vault: () => createInputVault({ rootKey: rootKeyOf(env, secretsOf()), objects }),
    executions: () => executionsOf(env),
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
  const parts = withRequests('api', env);
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
    vault: () => createInputVault({ rootKey: rootKeyOf(env, secretsOf()) }),
    clock: () => clock,
  });
}

/** What the API needs besides, of the machine it runs on. */
export function apiOptions(env: Environment = process.env) {
  return { environment: env[ENV.environment] ?? 'prod' };
}
