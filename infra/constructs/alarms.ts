import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '../../lib/contract.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
const OLDEST_REQUEST_SECONDS = 900;
/** In five minutes: more than any misconfigured client that is told to wait. */
const GUESSES = 200;

export interface AlarmsProps {
  readonly sweep: IFunction;
  readonly requests: IQueue;
  readonly requestsDeadLetters: IQueue;
  readonly fallout: IQueue;
  readonly undelivered: IQueue;
  readonly pipeName: string;
  /** Under what the functions count. */
  readonly metricsNamespace: string;
  /**
   * Topic that is told when an alarm goes off.
   * @default - nobody is told; the alarms can be seen in the console
   */
  readonly topicArn?: string;
}

/** The few conditions that need a person; the description of each says what to do. */
export class Alarms extends Construct {
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { topicArn } = props;
    this.topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    this.add('SweepNotRunning', {
      metric: successfulSweeps(props.sweep),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription:
        'No sweep has succeeded for 3 minutes: nothing repairs what a crash leaves behind. Read the log of the function sweep, and see whether its rule is enabled and the account has concurrency left.',
    });
    this.add('RequestsDead', {
      metric: waiting(props.requestsDeadLetters),
      alarmDescription:
        'Requests could not be taken in after all tries. Read the log of the function intake, mend the cause, then redrive the dead-letter queue to the queue of requests; a message with a requestId never makes a second run.',
    });
    this.add('RequestsOld', {
      metric: props.requests.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: Stats.MAXIMUM }),
      threshold: OLDEST_REQUEST_SECONDS + 1,
      alarmDescription:
        'A request has been in the queue for more than 15 minutes. See whether the function intake is throttled or fails; messages are kept for 14 days.',
    });
    this.add('FalloutWaiting', {
      metric: waiting(props.fallout),
      alarmDescription:
        'Runs need a decision. List them with GET /v1/runs?status=FALLOUT, decide each with POST /v1/runs/{id}/resolve, and delete its notice from the queue.',
    });
    this.add('Undelivered', {
      metric: waiting(props.undelivered),
      alarmDescription:
        'A slot of a schedule, an event or a notice of fallout could not be delivered. The message says which; the records are in the table. Delete it when the cause is mended.',
    });
    this.add('EventsHeldUp', {
      metric: failedPipe(props.pipeName),
      evaluationPeriods: 3,
      alarmDescription:
        'No events have been getting out for 15 minutes. They are tried again for 12 hours and given up then. Read the log of the function announce, and see whether the bus and the event key are there.',
    });
    this.add('PlatformFailing', {
      metric: openedCircuits(props.metricsNamespace),
      alarmDescription:
        'Calls to a platform are held back, because it fails again and again or refuses its key. GET /v1/connections says which connection it is, since when and why. Mend the key or tell whoever runs the platform; runs wait and go on by themselves.',
    });
    this.add('KeysGuessed', {
      metric: wrongKeys(props.metricsNamespace),
      threshold: GUESSES,
      alarmDescription:
        'Somebody tries API keys that do not exist. Find the address in the access log of the API and keep it out; valid keys are not affected.',
    });
  }

  private add(id: string, props: Partial<AlarmProps> & Pick<AlarmProps, 'metric' | 'alarmDescription'>): void {
    const alarm = new Alarm(this, id, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    if (this.topic !== undefined) alarm.addAlarmAction(new SnsAction(this.topic));
  }
}

/** A sweep that breaks every minute repairs as little as one that is never begun. */
function successfulSweeps(sweep: IFunction): MathExpression {
  return new MathExpression({
    label: 'successful sweeps',
    expression: 'invocations - errors',
    usingMetrics: {
      invocations: sweep.metricInvocations({ period: MINUTE }),
      errors: sweep.metricErrors({ period: MINUTE }),
    },
    period: MINUTE,
  });
}

function waiting(queue: IQueue): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: Stats.MAXIMUM });
}

function failedPipe(pipeName: string): Metric {
  return new Metric({
    namespace: 'AWS/EventBridge/Pipes',
    metricName: 'ExecutionFailed',
    dimensionsMap: { PipeName: pipeName },
    period: FIVE_MINUTES,
    statistic: Stats.SUM,
  });
}

/** As the function `api` counts them. */
function wrongKeys(namespace: string): Metric {
  return new Metric({
    namespace,
    metricName: METRICS.keyRefused,
    dimensionsMap: { service: 'api', reason: 'wrong' },
    period: FIVE_MINUTES,
    statistic: Stats.SUM,
  });
}

/** Of all connections, by whichever function saw it: a query, because one metric stands for one set of dimensions. */
function openedCircuits(namespace: string): MathExpression {
  return new MathExpression({
    label: 'opened circuits',
    expression: `SELECT SUM("${METRICS.circuitOpened}") FROM SCHEMA("${namespace}", "connection", "service")`,
    usingMetrics: {},
    period: FIVE_MINUTES,
  });
}
