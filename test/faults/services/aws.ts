/** The other services of AWS that the functions call, as far as they call them. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { AwsError } from '../../../lib/local/aws-json.ts';
import { nameOfExecution } from '../../../lib/local/execution-names.ts';
import type { ExecutionStore } from '../../../lib/local/execution-store.ts';
import type { Executions } from '../../../lib/local/executions.ts';
import type { Queues } from '../../../lib/local/queue-types.ts';
import type { Stage } from '../stage.ts';
import { clientOf, noAnswer, serviceError } from './service-error.ts';

const fail = (name: string, status: number) => async () => {
  throw serviceError(name, status);
};
const thenSilence = async <Value>(act: () => Promise<Value>): Promise<Value> => {
  await act();
  throw noAnswer();
};

const asServiceError = (error: unknown) =>
  error instanceof AwsError ? serviceError(error.name, error.httpStatus) : error;

export interface MachineOptions {
  readonly executions: () => Executions;
  readonly store: ExecutionStore;
  readonly isDown: () => boolean;
  /** Hears of every start that is asked for. */
  readonly onAsked: (name: string, input: string) => void;
}

/** Step Functions as the local runtime has it. */
export function machineClient(stage: Stage, { executions, store, isDown, onAsked }: MachineOptions): SFNClient {
  const serve = () => {
    if (isDown()) throw serviceError('ThrottlingException', 400);
  };
  return clientOf<SFNClient>({
    StartExecution: ({ name, input }: { readonly name: string; readonly input: string }) =>
      stage.effect(
        'machine',
        async () => {
          serve();
          onAsked(name, input);
          return executions()
            .start(name, input)
            .catch((error: unknown) => Promise.reject(asServiceError(error)));
        },
        {
          'machine-throttled': fail('ThrottlingException', 400),
          // The client asks again, and finds that it exists.
          'machine-reply-lost': async (act) => {
            await act();
            return stage.thread.random() < 0.5 ? act() : thenSilence(act);
          },
        },
      ),
    DescribeExecution: ({ executionArn }: { readonly executionArn: string }) =>
      stage.effect(
        'machine',
        async () => {
          serve();
          const record = await store.find(nameOfExecution(executionArn));
          if (record === undefined) throw serviceError('ExecutionDoesNotExist', 400);
          return { status: record.status };
        },
        { 'machine-throttled': fail('ThrottlingException', 400) },
      ),
  });
}

/** A secret's versions, the newest last. */
export type Vault = Map<string, readonly string[]>;

export function secretsClient(stage: Stage, vault: Vault): SecretsManagerClient {
  return clientOf<SecretsManagerClient>({
    GetSecretValue: ({ SecretId, VersionStage }: { readonly SecretId: string; readonly VersionStage?: string }) =>
      stage.effect(
        'secret',
        async () => {
          const versions = vault.get(SecretId) ?? [];
          const text = VersionStage === 'AWSPREVIOUS' ? versions.at(-2) : versions.at(-1);
          if (text === undefined) throw serviceError('ResourceNotFoundException', 400);
          return { SecretString: text, VersionId: createHash('sha256').update(text).digest('hex').slice(0, 32) };
        },
        {
          'secret-throttled': fail('ThrottlingException', 400),
          // Only once: a secret that is gone for good has tests of its own.
          'secret-absent': fail('ResourceNotFoundException', 400),
        },
      ),
  });
}

export function queueClient(stage: Stage, queues: Queues): SQSClient {
  return clientOf<SQSClient>({
    SendMessage: ({ QueueUrl, MessageBody }: { readonly QueueUrl: string; readonly MessageBody: string }) =>
      stage.effect('queue', () => queues.send(QueueUrl.split('/').at(-1) ?? '', [{ body: MessageBody }]), {
        'queue-refused': fail('ServiceUnavailable', 503),
      }),
  });
}

export type Objects = Map<string, Uint8Array>;

interface Put {
  readonly Key: string;
  readonly Body: Uint8Array | string;
  readonly IfNoneMatch?: string;
}

export function bucketClient(stage: Stage, objects: Objects): S3Client {
  const strokes = {
    'bucket-denied': fail('AccessDenied', 403),
    'bucket-reply-lost': async <Value>(act: () => Promise<Value>) => {
      await act();
      return stage.thread.random() < 0.5 ? act() : thenSilence(act);
    },
  };
  return clientOf<S3Client>({
    PutObject: ({ Key, Body, IfNoneMatch }: Put) =>
      stage.effect(
        'bucket',
        async () => {
          if (IfNoneMatch === '*' && objects.has(Key)) throw serviceError('PreconditionFailed', 412);
          objects.set(Key, Buffer.from(Body));
          return {};
        },
        strokes,
      ),
    GetObject: ({ Key }: { readonly Key: string }) =>
      stage.effect(
        'bucket',
        async () => {
          const bytes = objects.get(Key);
          if (bytes === undefined) throw serviceError('NoSuchKey', 404);
          const transformToString = async () => Buffer.from(bytes).toString('utf8');
          return { Body: Object.assign(Readable.from([bytes]), { transformToString }) };
        },
        { 'bucket-denied': strokes['bucket-denied'] },
      ),
  });
}
