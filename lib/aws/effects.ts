/** What the functions touch of the world, so that a test of whole functions can put another world in its place. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Config } from '../domain/config.ts';
import type { OpenReply } from '../http/open-reply.ts';
import type { RunLog } from '../workflow/ports.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is left out is the real thing, made where it is used: a bundle holds no client that its function never calls. */
export interface Effects {
  readonly env?: Environment;
  readonly config?: Config;
  readonly log?: RunLog;
  readonly dynamodb?: DynamoDBClient;
  readonly secretsManager?: SecretsManagerClient;
  readonly stepFunctions?: SFNClient;
  readonly sqs?: SQSClient;
  readonly s3?: S3Client;
  /** Sends one request to a platform. */
  readonly openReply?: OpenReply;
}
