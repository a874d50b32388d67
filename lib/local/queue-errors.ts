/** SQS's errors, with the two names each of them has on the wire. */
import { AwsError } from './aws-json.ts';
import { LOCAL } from './definition.ts';

const SQS = 'com.amazonaws.sqs#';
const CORAL = 'com.amazon.coral.service#';

/** Name in the body, name in the header `x-amzn-query-error` (that of the older protocol), HTTP status. */
const ERRORS = {
  QueueDoesNotExist: [`${SQS}QueueDoesNotExist`, 'AWS.SimpleQueueService.NonExistentQueue', 400],
  ReceiptHandleIsInvalid: [`${SQS}ReceiptHandleIsInvalid`, 'ReceiptHandleIsInvalid', 404],
  MessageNotInflight: [`${SQS}MessageNotInflight`, 'AWS.SimpleQueueService.MessageNotInflight', 400],
  InvalidMessageContents: [`${SQS}InvalidMessageContents`, 'InvalidMessageContents', 400],
  InvalidAttributeName: [`${SQS}InvalidAttributeName`, 'InvalidAttributeName', 400],
  ResourceNotFound: [`${SQS}ResourceNotFoundException`, 'ResourceNotFoundException', 404],
  EmptyBatch: [`${SQS}EmptyBatchRequest`, 'AWS.SimpleQueueService.EmptyBatchRequest', 400],
  TooManyEntries: [`${SQS}TooManyEntriesInBatchRequest`, 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest', 400],
  IdsNotDistinct: [`${SQS}BatchEntryIdsNotDistinct`, 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct', 400],
  InvalidEntryId: [`${SQS}InvalidBatchEntryId`, 'AWS.SimpleQueueService.InvalidBatchEntryId', 400],
  BatchTooLong: [`${SQS}BatchRequestTooLong`, 'AWS.SimpleQueueService.BatchRequestTooLong', 400],
  InvalidValue: [`${CORAL}InvalidParameterValueException`, 'InvalidParameterValue', 400],
  Missing: [`${CORAL}MissingRequiredParameterException`, 'MissingParameter', 400],
} as const satisfies Record<string, readonly [string, string, number]>;

export type QueueErrorKind = keyof typeof ERRORS;

/** An error as SQS would give it. */
export function queueError(kind: QueueErrorKind, message: string): AwsError {
  const [type, , status] = ERRORS[kind];
  return new AwsError(type, message, status);
}

/** The name that clients of the older protocol know; undefined for what is no error of SQS. */
export function queryErrorOf(error: AwsError): string | undefined {
  return Object.values(ERRORS).find(([type]) => type === error.name)?.[1];
}

const ARN_PREFIX = `arn:aws:sqs:${LOCAL.region}:${LOCAL.account}:`;

export const queueArn = (name: string) => ARN_PREFIX + name;

/** The name in an ARN of one of our queues. */
export function queueOfArn(arn: string): string {
  if (arn.startsWith(ARN_PREFIX)) return arn.slice(ARN_PREFIX.length);
  throw queueError('ResourceNotFound', "The resource that you specified for the SourceArn parameter doesn't exist.");
}
