import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { privateQueue } from './private-queue.ts';

/** A consumer that breaks so often on a notice will not get past it. */
const MAX_RECEIVES = 10;

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
      deadLetterQueue: { queue: undelivered, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
