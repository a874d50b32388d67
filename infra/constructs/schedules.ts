import { Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow } from '../permissions.ts';

/** When a flow is to be run by itself. */
export interface FlowSchedule {
  readonly flowId: string;
  /** As EventBridge Scheduler writes it: `cron(…)`. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
}

export interface SchedulesProps {
  readonly schedules: readonly FlowSchedule[];
  /** Where slots are taken in. */
  readonly requests: IQueue;
  /** For slots that could not be put there for a day. */
  readonly undelivered: IQueue;
}

/** One schedule for each flow that has one; every slot becomes a message in the queue of requests. */
export class Schedules extends Construct {
  private readonly group: ScheduleGroup;

  constructor(scope: Construct, id: string, { schedules, requests, undelivered }: SchedulesProps) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: Stack.of(this).stackName,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.createRole([requests, undelivered]).withoutPolicyUpdates();
    for (const { flowId, expression, timezone } of schedules) {
      new Schedule(this, flowId, {
        // Ids of flows are legal names, and alone in a group of its own.
        scheduleName: flowId,
        scheduleGroup: this.group,
        description: `Errand: ${flowId}`,
        schedule: ScheduleExpression.expression(expression, TimeZone.of(timezone)),
        timeWindow: TimeWindow.off(),
        target: new SqsSendMessage(requests, {
          role,
          // The slot, not the attempt: however often it arrives, it is one run.
          input: ScheduleTargetInput.fromObject({
            schedule: { flowId, scheduledTime: ContextAttribute.scheduledTime },
          }),
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
          deadLetterQueue: undelivered,
        }),
      });
    }
  }

  /** Scheduler may take it for this group only, so that nobody else's schedule can send in its name. */
  private createRole(queues: readonly IQueue[]): Role {
    const { account } = Stack.of(this);
    const conditions = {
      StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': this.group.scheduleGroupArn },
    };
    const statement = allow(
      ['sqs:SendMessage'],
      queues.map(({ queueArn }) => queueArn),
    );
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
      inlinePolicies: { Send: new PolicyDocument({ statements: [statement] }) },
    });
  }
}
