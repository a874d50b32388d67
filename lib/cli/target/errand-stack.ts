/** What a deployed stack says of itself, in its outputs. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CLIENT } from '../../aws/client-options.ts';
import { errorCode } from '../../aws/service-errors.ts';
import { SecretUnavailableError, StoreUnavailableError } from '../../domain/errors.ts';
import { CommandError } from '../frame/command-error.ts';

export interface StackOutputs {
  readonly tableName: string;
  readonly rootKeySecret: string;
  /** A part of every API key. */
  readonly environment: string;
}

const NEEDED = { tableName: 'TableName', rootKeySecret: 'RootKeySecret', environment: 'Environment' } as const;

/** @throws CommandError */
export function stackOutputs(stack: string): Promise<StackOutputs> {
  return outputsOf(stack, NEEDED);
}

/** Where its API answers. @throws CommandError */
export async function stackApiUrl(stack: string): Promise<string> {
  return (await outputsOf(stack, { url: 'ApiUrl' })).url;
}

async function outputsOf<Name extends string>(
  stack: string,
  needed: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, string>>> {
  const client = new CloudFormationClient(CLIENT);
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks?.[0]?.Outputs ?? [];
    const found = Object.entries<string>(needed).map(([name, key]) => {
      return { name, key, value: outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue };
    });
    const missing = found.flatMap(({ key, value }) => (value === undefined ? key : []));
    if (missing.length > 0)
      throw new CommandError(
        `The stack "${stack}" lacks the outputs ${missing.join(', ')}: it is not Errand’s, or must be deployed anew.`,
      );
    return Object.fromEntries(found.map(({ name, value }) => [name, value])) as Record<Name, string>;
  } catch (error) {
    throw inTheCloud(`The stack "${stack}" cannot be looked up`, error);
  } finally {
    client.destroy();
  }
}

const SIGN_IN = 'Sign in to AWS first, and name the profile in AWS_PROFILE where it is not the default one.';
const REMEDIES: readonly (readonly [symptom: RegExp, remedy: string])[] = [
  [/region is missing/i, 'Name the region of the stack in AWS_REGION.'],
  [/Stack with id .* does not exist/i, 'There is none of that name in this account and region (AWS_REGION).'],
  [/credential|expired|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch/i, SIGN_IN],
  [
    /AccessDenied|not authori[sz]ed|denied/i,
    'These AWS credentials may not: needed are cloudformation:DescribeStacks, secretsmanager:GetSecretValue on the root key, and dynamodb:GetItem, BatchGetItem, PutItem and Query on the table.',
  ],
  [/ECONN|ENOTFOUND|EAI_AGAIN|timeout/i, 'AWS cannot be reached from here; check the network and AWS_REGION.'],
];

/** AWS's refusals in our words; its own may quote what was sent. */
export function inTheCloud(attempted: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const words = causesOf(error)
    .map((cause) => `${errorCode(cause)} ${cause.message}`)
    .join(' ');
  const remedy = REMEDIES.find(([symptom]) => symptom.test(words))?.[1] ?? 'Try again in a moment.';
  const isOurs = error instanceof SecretUnavailableError || error instanceof StoreUnavailableError;
  const what = isOurs ? error.message : errorCode(error);
  return new CommandError(`${attempted} (${what}). ${remedy}`, 2, { cause: error });
}

function causesOf(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
