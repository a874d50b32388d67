/** The services that the functions call: table, secrets, bucket and state machine, each on a port of its own. */
import { join } from 'node:path';
import { ENV } from '../contract.ts';
import { accessKeyOf } from './access-key.ts';
import type { LocalClock } from './clock.ts';
import type { Closers } from './closers.ts';
import { openDatabase } from './data-dir.ts';
import { LOCAL } from './definition.ts';
import { STATE_MACHINE_ARN } from './execution-names.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { Executions } from './executions.ts';
import { QUEUE_DEFINITIONS, QUEUES } from './messaging.ts';
import type { Meter, RequestUse } from './meter.ts';
import { openObjectFiles } from './object-files.ts';
import type { Queues } from './queue-types.ts';
import { openQueues } from './queues.ts';
import { serveS3 } from './s3-service.ts';
import { createTextSeal } from './sealed-text.ts';
import { openSecretFiles } from './secret-files.ts';
import { serveSecrets } from './secrets-service.ts';
import type { AccessKey } from './sigv4.ts';
import { queueUrl, serveSqs } from './sqs-service.ts';
import { serveStateMachine } from './state-machine-service.ts';
import { openTable } from './table.ts';
import type { TableStream } from './table-stream.ts';

export interface ServiceUrls {
  readonly dynamodb: string;
  readonly secretsManager: string;
  readonly s3: string;
  readonly stepFunctions: string;
  readonly sqs: string;
}

export interface ServicesOptions {
  readonly dataDir: string;
  readonly executions: Promise<Executions>;
  readonly store: ExecutionStore;
  readonly clock: LocalClock;
  readonly log: (line: string) => void;
  readonly closers: Closers;
  /** @default - nothing is counted */
  readonly meter?: Meter | undefined;
}

export interface LocalServices {
  readonly services: ServiceUrls;
  /** How a function, or anybody with AWS's clients, reaches them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly queues: Queues;
  /** What was written into the table with news. */
  readonly stream: TableStream;
}

const NAMES = {
  table: 'errand',
  bucket: 'errand-files',
  rootKeySecret: 'errand/root-key',
  eventKeySecret: 'errand/event-key',
  environment: 'local',
} as const;

function environmentOf(services: ServiceUrls, key: AccessKey): Record<string, string> {
  return {
    AWS_REGION: LOCAL.region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: services.dynamodb,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: services.secretsManager,
    AWS_ENDPOINT_URL_S3: services.s3,
    AWS_ENDPOINT_URL_SFN: services.stepFunctions,
    AWS_ENDPOINT_URL_SQS: services.sqs,
    POWERTOOLS_TRACE_ENABLED: 'false',
    [ENV.table]: NAMES.table,
    [ENV.bucket]: NAMES.bucket,
    [ENV.stateMachine]: `${STATE_MACHINE_ARN}:${LOCAL.alias}`,
    [ENV.rootKeySecret]: NAMES.rootKeySecret,
    [ENV.eventKeySecret]: NAMES.eventKeySecret,
    [ENV.falloutQueue]: queueUrl(services.sqs, QUEUES.fallout),
    // No function needs it; whoever sends requests does.
    ERRAND_QUEUE_URL: queueUrl(services.sqs, QUEUES.requests),
    [ENV.environment]: NAMES.environment,
  };
}

/** Opens them all, for the random key of the data directory. */
export async function openServices(options: ServicesOptions): Promise<LocalServices> {
  const { dataDir, executions, store, clock, log, closers, meter } = options;
  const accessKey = accessKeyOf(dataDir);
  const now = () => clock.now();
  const count = (service: RequestUse['service']) => (operation: string) =>
    meter?.({ kind: 'request', service, operation });
  const directory = join(dataDir, 'table');
  const table = closers.add(await openTable({ directory, tableName: NAMES.table, accessKey, log, meter }));
  const secretFiles = openSecretFiles(dataDir, NAMES.rootKeySecret, now, NAMES.eventKeySecret);
  const secrets = closers.add(await serveSecrets(secretFiles, accessKey, log, count('secrets')));
  const files = openObjectFiles(join(dataDir, 'objects'), now);
  const s3 = closers.add(
    await serveS3({ bucket: NAMES.bucket, files, accessKey, now, log, onRequest: count('bucket') }),
  );
  const machine = closers.add(await serveStateMachine({ executions, store, accessKey, log }));
  const database = closers.add(await openDatabase(dataDir, 'queues'));
  // A message may carry what its flow marks as sensitive, and nobody has looked at it yet.
  const seal = createTextSeal(secretFiles.read(NAMES.rootKeySecret)?.current.text ?? '', 'queues');
  const queues = closers.add(await openQueues({ database, definitions: QUEUE_DEFINITIONS, clock, seal }));
  const sqs = closers.add(await serveSqs({ queues, accessKey, log, onRequest: count('queue') }));
  const services = {
    dynamodb: table.url,
    secretsManager: secrets.url,
    s3: s3.url,
    stepFunctions: machine.url,
    sqs: sqs.url,
  };
  return { services, environment: environmentOf(services, accessKey), queues, stream: table.stream };
}
