import { describe, expect, it } from 'vitest';
import { flatten, resourcesOf, synthesise } from './assembly.ts';

const LONGEST_ID = `a${'_'.repeat(62)}z`;

const template = await synthesise({
  schedules: [
    { flowId: 'nightly-load', expression: 'cron(0 6 ? * MON-FRI *)', timezone: 'Europe/Brussels' },
    { flowId: 'nightly_load', expression: 'cron(0/15 * * * ? *)', timezone: 'UTC' },
    { flowId: LONGEST_ID, expression: 'cron(0 0 L * ? *)', timezone: 'America/New_York' },
  ],
});
const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties);
const [[groupId, group] = []] = resourcesOf(template, 'AWS::Scheduler::ScheduleGroup');
const roles = resourcesOf(template, 'AWS::IAM::Role');
const [roleId, role] = roles.find(([id]) => id.startsWith('SchedulesRole')) ?? [];
const idOf = (type: string, prefix: string) => resourcesOf(template, type).find(([id]) => id.startsWith(prefix))?.[0];
const requestsArn = `<${idOf('AWS::SQS::Queue', 'IntakeRequests')}.Arn>`;
const undeliveredArn = `<${idOf('AWS::SQS::Queue', 'Undelivered')}.Arn>`;

describe('the schedules', () => {
  it('are one for each flow, under its id, in the zone that it names', () => {
    const list = schedules.map(({ Name, ScheduleExpression, ScheduleExpressionTimezone, State }) => [
      Name,
      ScheduleExpression,
      ScheduleExpressionTimezone,
      State,
    ]);
    expect(list.sort()).toEqual([
      [LONGEST_ID, 'cron(0 0 L * ? *)', 'America/New_York', 'ENABLED'],
      ['nightly-load', 'cron(0 6 ? * MON-FRI *)', 'Europe/Brussels', 'ENABLED'],
      ['nightly_load', 'cron(0/15 * * * ? *)', 'UTC', 'ENABLED'],
    ]);
  });

  it.each(schedules)('$Name tells intake which slot of which flow it is, not which attempt', ({ Name, Target }) => {
    expect(flatten(Target.Arn)).toBe(requestsArn);
    expect(JSON.parse(Target.Input)).toEqual({
      schedule: { flowId: Name, scheduledTime: '<aws.scheduler.scheduled-time>' },
    });
  });

  it.each(schedules)('$Name fires on the minute, is tried for a day, and then leaves a notice', (schedule) => {
    expect(schedule.FlexibleTimeWindow).toEqual({ Mode: 'OFF' });
    expect(schedule.Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    expect(flatten(schedule.Target.DeadLetterConfig.Arn)).toBe(undeliveredArn);
  });

  it('are in a group of their own, which goes with the stack so that its name is free again', () => {
    expect(group).toMatchObject({ Properties: { Name: 'Errand' }, DeletionPolicy: 'Delete' });
    for (const { GroupName } of schedules) expect(GroupName).toBe('Errand');
  });

  it('send under a role that no schedule of another account or group can take', () => {
    for (const { Target } of schedules) expect(flatten(Target.RoleArn)).toBe(`<${roleId}.Arn>`);
    const [trust] = role?.Properties.AssumeRolePolicyDocument.Statement ?? [];
    expect(trust.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
    expect(trust.Condition).toEqual({
      StringEquals: {
        'aws:SourceAccount': { Ref: 'AWS::AccountId' },
        'aws:SourceArn': { 'Fn::GetAtt': [groupId, 'Arn'] },
      },
    });
  });
});
