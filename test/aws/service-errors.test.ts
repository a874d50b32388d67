import { describe, expect, it } from 'vitest';
import { errorCode, isNamed, isOurMistake, isStatus, toStoreError } from '../../lib/aws/service-errors.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';

function refusal(name: string, httpStatusCode?: number, fields: object = {}): Error {
  const metadata = httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } };
  return Object.assign(new Error('canary'), { name, ...metadata, ...fields });
}

describe('a failure of one of our own services', () => {
  it.each([
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'KmsThrottled',
    'ThrottlingException',
    'Throttling',
    'TooManyRequestsException',
    'LimitExceededException',
    'ExecutionLimitExceeded',
    'TransactionConflictException',
    'ReplicatedWriteConflictException',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestTimeout',
    'RequestTimeoutException',
    'SlowDown',
    'OperationAborted',
  ])('passes by itself although the service calls it our fault: %s', (name) => {
    expect(isOurMistake(refusal(name, 400))).toBe(false);
    expect(toStoreError('The table', 'a read', refusal(name, 400))).toBeInstanceOf(StoreUnavailableError);
  });

  it.each([
    [399, false],
    [400, true],
    [403, true],
    [404, true],
    [408, false],
    [413, true],
    [429, false],
    [499, true],
    [500, false],
    [503, false],
    [undefined, false],
  ])('of status %s is ours to mend: %s', (status, isOurs) => {
    const error = refusal('ValidationException', status);
    expect(isOurMistake(error)).toBe(isOurs);
    if (isOurs) expect(toStoreError('The table', 'a read', error)).toBe(error);
    else expect(toStoreError('The table', 'a read', error)).toBeInstanceOf(StoreUnavailableError);
  });

  it('is never ours for what is no error, however much it looks like a refusal', () => {
    const likeness = { name: 'ValidationException', $metadata: { httpStatusCode: 400 } };
    for (const thrown of [likeness, 'ValidationException', undefined, null]) {
      expect(isOurMistake(thrown)).toBe(false);
      expect(isNamed(thrown, 'ValidationException')).toBe(false);
      expect(isStatus(thrown, 400)).toBe(false);
      expect(errorCode(thrown)).toBe('unknown');
    }
  });

  it('is known by any of the names asked for, and by its status', () => {
    const error = refusal('ConditionalCheckFailedException', 400);
    expect(isNamed(error, 'Other', 'ConditionalCheckFailedException')).toBe(true);
    expect(isNamed(error, 'Other')).toBe(false);
    expect(isStatus(error, 400)).toBe(true);
    expect(isStatus(error, 404)).toBe(false);
    expect(isStatus(refusal('TypeError'), 400)).toBe(false);
  });
});

describe('the name of a failure', () => {
  it.each([
    [refusal('NotFound'), 'NotFound'],
    [refusal('Error', undefined, { code: 'ECONNRESET' }), 'Error ECONNRESET'],
    [refusal('ENOSPC', undefined, { code: 'ENOSPC' }), 'ENOSPC'],
    [refusal('Lambda.AWSLambdaException'), 'Lambda.AWSLambdaException'],
    [refusal('aws:Throttled_2'), 'aws:Throttled_2'],
    [refusal(`E${'x'.repeat(63)}`), `E${'x'.repeat(63)}`],
    [refusal('Error', undefined, { code: 7 }), 'Error'],
  ])('is told by letters from a closed list: %s', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });

  it.each([
    'canary in clear',
    'canary\nforged',
    '1canary',
    '_canary',
    'canary=',
    '=canary',
    '',
    `canary${'x'.repeat(60)}`,
  ])('is not told when it could carry anything else: %j', (name) => {
    expect(errorCode(refusal(name))).toBe('unknown');
    expect(errorCode(refusal('Error', undefined, { code: name }))).toBe('Error');
  });
});

describe('what is thrown for a failure that may pass', () => {
  it('names the service, what was tried and the code, and keeps the cause', () => {
    const error = refusal('InternalServerError', 500);
    expect(toStoreError('The table', 'a read', error)).toMatchObject({
      name: 'StoreUnavailableError',
      message: 'The table did not serve us (a read: InternalServerError); nothing is lost, try again',
      cause: error,
    });
  });

  it.each([refusal('InsufficientStorage', 507), refusal('Error', undefined, { code: 'ENOSPC' })])(
    'says so when there is no space left, for that does not pass by itself',
    (error) => {
      expect(toStoreError('The bucket', 'a write', error)).toMatchObject({
        name: 'StoreUnavailableError',
        message: expect.stringContaining('The bucket is out of space (a write: '),
      });
    },
  );

  it('is what it was when somebody has sorted it before', () => {
    const sorted = new StoreUnavailableError('sorted');
    expect(toStoreError('The table', 'a read', sorted)).toBe(sorted);
  });
});
