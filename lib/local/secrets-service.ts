/** Secrets Manager's wire protocol over the secrets of the data directory. */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { AwsError, type Operation, serveAwsJson } from './aws-json.ts';
import type { LoopbackServer } from './loopback.ts';
import type { SecretFiles, SecretVersion, StoredSecret } from './secret-files.ts';
import type { AccessKey } from './sigv4.ts';

const ARN_PREFIX = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:';
const NOT_FOUND = 'ResourceNotFoundException';

const getSchema = z.object({
  SecretId: z.string().min(1),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const createSchema = z.object({
  Name: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
  SecretString: z.string().min(1),
});
const putSchema = z.object({ SecretId: z.string().min(1), SecretString: z.string().min(1) });

function read<T>(schema: z.ZodType<T>, input: JsonObject): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AwsError('InvalidParameterException', `Invalid ${parsed.error.issues[0]?.path.join('.') ?? 'request'}.`);
}

const nameOf = (secretId: string) => (secretId.startsWith(ARN_PREFIX) ? secretId.slice(ARN_PREFIX.length) : secretId);

function find(files: SecretFiles, secretId: string): { name: string; secret: StoredSecret } {
  const name = nameOf(secretId);
  const secret = files.read(name);
  if (!secret) throw new AwsError(NOT_FOUND, 'Secrets Manager can’t find the specified secret.');
  return { name, secret };
}

function stagesOf(secret: StoredSecret, version: SecretVersion): string[] {
  return [version === secret.current ? 'AWSCURRENT' : 'AWSPREVIOUS'];
}

function getSecretValue(files: SecretFiles, input: JsonObject): object {
  const { SecretId, VersionId, VersionStage } = read(getSchema, input);
  const { name, secret } = find(files, SecretId);
  const stage = VersionStage ?? (VersionId ? undefined : 'AWSCURRENT');
  const version = [secret.current, secret.previous].find(
    (v) => v && (!VersionId || v.versionId === VersionId) && (!stage || stagesOf(secret, v).includes(stage)),
  );
  if (!version) {
    const wanted = stage ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
    throw new AwsError(NOT_FOUND, `Secrets Manager can’t find the specified secret value for ${wanted}`);
  }
  return {
    ARN: ARN_PREFIX + name,
    Name: name,
    VersionId: version.versionId,
    SecretString: version.text,
    VersionStages: stagesOf(secret, version),
    CreatedDate: version.createdAtMs / 1_000,
  };
}

function describeSecret(files: SecretFiles, input: JsonObject): object {
  const { name, secret } = find(files, read(getSchema, input).SecretId);
  const versions = [secret.current, ...(secret.previous ? [secret.previous] : [])];
  return {
    ARN: ARN_PREFIX + name,
    Name: name,
    LastChangedDate: secret.current.createdAtMs / 1_000,
    VersionIdsToStages: Object.fromEntries(versions.map((version) => [version.versionId, stagesOf(secret, version)])),
  };
}

function putSecretValue(files: SecretFiles, input: JsonObject): object {
  const { SecretId, SecretString } = read(putSchema, input);
  const { name } = find(files, SecretId);
  const { current } = files.put(name, SecretString);
  return { ARN: ARN_PREFIX + name, Name: name, VersionId: current.versionId, VersionStages: ['AWSCURRENT'] };
}

function createSecret(files: SecretFiles, input: JsonObject): object {
  const { Name, SecretString } = read(createSchema, input);
  if (files.read(Name) !== undefined)
    throw new AwsError('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`);
  const { current } = files.put(Name, SecretString);
  return { ARN: ARN_PREFIX + Name, Name, VersionId: current.versionId };
}

/** Serves CreateSecret, GetSecretValue, DescribeSecret and PutSecretValue. */
export function serveSecrets(
  files: SecretFiles,
  accessKey: AccessKey,
  log: (line: string) => void,
  onRequest?: (operation: string) => void,
): Promise<LoopbackServer> {
  const bind = (operation: (files: SecretFiles, input: JsonObject) => object): Operation => {
    return (input) => operation(files, input);
  };
  return serveAwsJson({
    target: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    operations: {
      CreateSecret: bind(createSecret),
      GetSecretValue: bind(getSecretValue),
      DescribeSecret: bind(describeSecret),
      PutSecretValue: bind(putSecretValue),
    },
    accessKey,
    log,
    onRequest,
  });
}
