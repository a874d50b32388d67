/** The services that the functions call: table, secrets, bucket and state machine, each on a port of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ENV } from '../contract.ts';
import type { Closers } from './closers.ts';
import { LOCAL } from './definition.ts';
import { STATE_MACHINE_ARN } from './execution-names.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { Executions } from './executions.ts';
import { openObjectFiles } from './object-files.ts';
import { serveS3 } from './s3-service.ts';
import { openSecretFiles } from './secret-files.ts';
import { serveSecrets } from './secrets-service.ts';
import type { AccessKey } from './sigv4.ts';
import { serveStateMachine } from './state-machine-service.ts';
import { openTable } from './table.ts';

export interface ServiceUrls {
  readonly dynamodb: string;
  readonly secretsManager: string;
  readonly s3: string;
  readonly stepFunctions: string;
}

export interface ServicesOptions {
  readonly dataDir: string;
  readonly executions: Promise<Executions>;
  readonly store: ExecutionStore;
  readonly log: (line: string) => void;
  readonly closers: Closers;
}

export interface LocalServices {
  readonly services: ServiceUrls;
  /** How a function, or anybody with AWS's clients, reaches them. */
  readonly environment: Readonly<Record<string, string>>;
}

const NAMES = {
  table: 'errand',
  bucket: 'errand-files',
  rootKeySecret: 'errand/root-key',
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
    POWERTOOLS_TRACE_ENABLED: 'false',
    [ENV.table]: NAMES.table,
    [ENV.bucket]: NAMES.bucket,
    [ENV.stateMachine]: `${STATE_MACHINE_ARN}:${LOCAL.alias}`,
    [ENV.rootKeySecret]: NAMES.rootKeySecret,
    [ENV.environment]: NAMES.environment,
  };
}

/** Opens them all, for one random key that only this process and its functions know. */
export async function openServices(options: ServicesOptions): Promise<LocalServices> {
  const { dataDir, executions, store, log, closers } = options;
  const accessKey = {
    accessKeyId: `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  const now = () => Date.now();
  const directory = join(dataDir, 'table');
  const table = closers.add(await openTable({ directory, tableName: NAMES.table, accessKey, log }));
  const secretFiles = openSecretFiles(dataDir, NAMES.rootKeySecret, now);
  const secrets = closers.add(await serveSecrets(secretFiles, accessKey, log));
  const files = openObjectFiles(join(dataDir, 'objects'), now);
  const s3 = closers.add(await serveS3({ bucket: NAMES.bucket, files, accessKey, log }));
  const machine = closers.add(await serveStateMachine({ executions, store, accessKey, log }));
  const services = { dynamodb: table.url, secretsManager: secrets.url, s3: s3.url, stepFunctions: machine.url };
  return { services, environment: environmentOf(services, accessKey) };
}
