import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { QUEUE } from '../../lib/contract.ts';

/**
 * A queue that is encrypted, refuses whoever does not use TLS, and keeps what it has for as long as SQS can. Only
 * identities of its own account that a policy allows may send to it or read it.
 */
export function privateQueue(scope: Construct, id: string, props: QueueProps = {}): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.seconds(QUEUE.retentionSeconds),
    ...props,
  });
}
