import { Duration } from 'aws-cdk-lib';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FALLOUT_QUEUE } from '../../lib/contract.ts';
import { privateQueue } from './private-queue.ts';

export interface FalloutQueueProps {
  /** For notices that no consumer could take. */
  readonly undelivered: IQueue;
}

/** Tells people, or what they put behind it, which runs need a decision. The runs themselves are in the table. */
export class FalloutQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { undelivered }: FalloutQueueProps) {
    super(scope, id);
    this.queue = privateQueue(this, 'Notices', {
      visibilityTimeout: Duration.seconds(FALLOUT_QUEUE.visibilitySeconds),
      deadLetterQueue: { queue: undelivered, maxReceiveCount: FALLOUT_QUEUE.maxReceives },
    });
  }
}
