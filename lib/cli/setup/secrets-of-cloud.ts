/** Secrets in AWS Secrets Manager, with the caller's own credentials. */
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CLIENT } from '../../aws/client-options.ts';
import { errorCode } from '../../aws/service-errors.ts';
import { CommandError } from '../frame/command-error.ts';
import { inTheCloud } from '../target/errand-stack.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'These AWS credentials may not: needed are secretsmanager:CreateSecret and secretsmanager:PutSecretValue.',
  InvalidRequestException:
    'It is probably being deleted: "aws secretsmanager restore-secret" brings it back, then try again.',
};

/** @returns whether it replaced one of that name. @throws CommandError that does not quote the value. */
export async function putCloudSecret(name: string, text: string): Promise<boolean> {
  const client = new SecretsManagerClient(CLIENT);
  try {
    return await createOrReplace(client, name, text);
  } catch (error) {
    const code = errorCode(error);
    const attempted = `The secret "${name}" cannot be stored in Secrets Manager`;
    const remedy = REMEDIES[code];
    throw remedy === undefined ? inTheCloud(attempted, error) : new CommandError(`${attempted} (${code}). ${remedy}`);
  } finally {
    client.destroy();
  }
}

async function createOrReplace(client: SecretsManagerClient, name: string, text: string): Promise<boolean> {
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
    return false;
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    return true;
  }
}
