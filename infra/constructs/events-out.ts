import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../lib/contract.ts';
import { allow } from '../permissions.ts';

const READ_STREAM = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
];

/** As many events as a bus takes at once; the enrichment makes at most one of each record. */
const BATCH_SIZE = 10;

/** Half of a record's life in the stream: what is given up then can still be read there. */
const GIVE_UP_AFTER = Duration.hours(12);

/** Most writes of the table are looks, which are nobody's news. */
const WITH_NEWS = { dynamodb: { NewImage: { news: { S: [{ exists: true }] } } } };

export interface EventsOutProps {
  /** Stream of the table, with new images. */
  readonly streamArn: string;
  /** Alias of the function that makes events of records. */
  readonly announce: IFunction;
  /** For pointers to records of which no event could be made. */
  readonly undelivered: IQueue;
}

/** News of the table, as signed events on a bus of our own. Who may listen is decided by rules on the bus. */
export class EventsOut extends Construct {
  readonly bus: EventBus;
  readonly pipeName: string;

  constructor(scope: Construct, id: string, { streamArn, announce, undelivered }: EventsOutProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: Stack.of(this).stackName,
      description: 'Errand: what happens to runs and schedules.',
    });
    this.bus.archive('Archive', {
      description: 'Errand: to be replayed to a receiver that was down.',
      eventPattern: { source: [EVENT_SOURCE] },
      retention: Duration.days(14),
    });
    const pipe = new CfnPipe(this, 'Pipe', {
      description: 'Errand: announces the news of the table.',
      roleArn: this.createRole({ streamArn, announce, undelivered }).roleArn,
      source: streamArn,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: JSON.stringify(WITH_NEWS) }] },
        dynamoDbStreamParameters: {
          // Runs may be accepted before the pipe is there.
          startingPosition: 'TRIM_HORIZON',
          batchSize: BATCH_SIZE,
          maximumBatchingWindowInSeconds: 1,
          maximumRetryAttempts: -1,
          maximumRecordAgeInSeconds: GIVE_UP_AFTER.toSeconds(),
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          deadLetterConfig: { arn: undelivered.queueArn },
        },
      },
      enrichment: announce.functionArn,
      target: this.bus.eventBusArn,
      targetParameters: {
        // Paths and template read what the enrichment answers, one event at a time.
        eventBridgeEventBusParameters: { source: EVENT_SOURCE, detailType: '$.detailType' },
        inputTemplate: '<$.detail>',
      },
    });
    this.pipeName = pipe.ref;
  }

  private createRole({ streamArn, announce, undelivered }: EventsOutProps): Role {
    const statements = [
      allow(READ_STREAM, [streamArn]),
      allow(['lambda:InvokeFunction'], [announce.functionArn]),
      allow(['events:PutEvents'], [this.bus.eventBusArn]),
      allow(['sqs:SendMessage'], [undelivered.queueArn]),
    ];
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('pipes.amazonaws.com', { conditions }),
      inlinePolicies: { Announce: new PolicyDocument({ statements }) },
    });
  }
}
