import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUEUE } from '../../lib/contract.ts';
import { privateQueue } from './private-queue.ts';

/** The queue by which runs are asked for, and what could not be taken in after all tries. */
export class IntakeQueue extends Construct {
  readonly queue: Queue;
  /** Holds the only copy of each request in it. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.deadLetters = privateQueue(this, 'DeadLetters');
    this.queue = privateQueue(this, 'Requests', {
      visibilityTimeout: Duration.seconds(QUEUE.visibilitySeconds),
      deadLetterQueue: { queue: this.deadLetters as IQueue, maxReceiveCount: QUEUE.maxReceives },
    });
  }

  /** Has the function take the messages; its role must allow that. */
  feed(handler: IFunction): void {
    new EventSourceMapping(this, 'Mapping', {
      target: handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: QUEUE.batchSize,
      reportBatchItemFailures: true,
      // Reserved concurrency would throttle receives, and each of those counts as a try of the message.
      maxConcurrency: QUEUE.maxConcurrency,
    });
  }
}
