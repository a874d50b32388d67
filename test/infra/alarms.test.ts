import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ErrandStack } from '../../infra/errand-stack.ts';
import { METRICS } from '../../lib/contract.ts';
import { flatten, resourcesOf, SETTINGS, synthesise, withApp } from './assembly.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:on-call';

const template = await synthesise();
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');

function alarmNamed(name: string) {
  return alarms.find(([id]) => id.startsWith(`Alarms${name}`))?.[1].Properties;
}

describe('the alarms', () => {
  it('are few, and each says what has happened and what to do', () => {
    expect(alarms.map(([id]) => id.replace(/^Alarms|[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'EventsHeldUp',
      'FalloutWaiting',
      'KeysGuessed',
      'RequestsDead',
      'RequestsOld',
      'SweepNotRunning',
      'Undelivered',
    ]);
    for (const [, { Properties }] of alarms)
      expect(Properties.AlarmDescription.split(/[.;] /).length).toBeGreaterThan(1);
  });

  it('go off when no sweep has succeeded for three minutes, also when none has even begun', () => {
    const { Metrics, ...alarm } = alarmNamed('SweepNotRunning');
    expect(alarm).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
    // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
    const read = Metrics.flatMap(({ MetricStat }: any) => (MetricStat === undefined ? [] : [MetricStat]));
    // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
    expect(read.map(({ Metric, Period }: any) => [Metric.MetricName, Period])).toEqual([
      ['Invocations', 60],
      ['Errors', 60],
    ]);
    // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
    expect(Metrics.find(({ Expression }: any) => Expression)).toMatchObject({ Expression: 'invocations - errors' });
    expect(JSON.stringify(read)).toMatch(/"Ref":"FunctionsSweep\w+"},":live"/);
  });

  it.each([
    ['RequestsDead', 'IntakeDeadLetters'],
    ['FalloutWaiting', 'FalloutNotices'],
    ['Undelivered', 'Undelivered'],
  ])('%s goes off at the first message', (name, queue) => {
    const alarm = alarmNamed(name);
    expect(alarm).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(flatten(alarm.Dimensions[0].Value)).toMatch(new RegExp(`^<${queue}[0-9A-F]{8}\\.QueueName>$`));
  });

  it('go off when a request has waited for more than a quarter of an hour', () => {
    const alarm = alarmNamed('RequestsOld');
    expect(alarm).toMatchObject({ MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 901, Statistic: 'Maximum' });
    expect(flatten(alarm.Dimensions[0].Value)).toMatch(/^<IntakeRequests[0-9A-F]{8}\.QueueName>$/);
  });

  it('go off long before an event that cannot get out is given up', () => {
    const { Period, EvaluationPeriods, Dimensions } = alarmNamed('EventsHeldUp');
    const [[, pipe] = []] = resourcesOf(template, 'AWS::Pipes::Pipe');
    const { MaximumRecordAgeInSeconds } = pipe?.Properties.SourceParameters.DynamoDBStreamParameters ?? {};
    expect(Period * EvaluationPeriods * 10).toBeLessThan(MaximumRecordAgeInSeconds);
    expect(Dimensions).toEqual([{ Name: 'PipeName', Value: { Ref: expect.stringMatching(/^EventsPipe/) } }]);
  });

  it('go off when keys are guessed, by the very metric that the API counts', async () => {
    const { Namespace, MetricName, Dimensions } = alarmNamed('KeysGuessed');
    // A process of its own, because counts are written past every stream that a test could pass in.
    const source = `
      import { createTelemetry } from './lib/aws/telemetry.ts';
      createTelemetry({ service: 'api', namespace: '${Namespace}' }).log.count('${METRICS.keyRefused}', { reason: 'wrong' });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
      cwd: resolve(import.meta.dirname, '../..'),
    });
    const counted = JSON.parse(stdout);
    expect(counted._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace,
      Metrics: [{ Name: MetricName }],
      Dimensions: [expect.arrayContaining(Dimensions.map(({ Name }: { Name: string }) => Name))],
    });
    for (const { Name, Value } of Dimensions) expect(counted[Name]).toBe(Value);
  });

  it('tell nobody unless somebody is named, and then all of them tell the same', async () => {
    for (const [, { Properties }] of alarms) expect(Properties).not.toHaveProperty('AlarmActions');
    const told = await withApp({ validate: false }, (app, outdir) => {
      const props = { ...SETTINGS, codeDir: outdir, alarmTopicArn: TOPIC };
      const found = Template.fromStack(new ErrandStack(app, 'Told', props)).findResources('AWS::CloudWatch::Alarm');
      return Object.values(found).map(({ Properties }) => Properties.AlarmActions);
    });
    expect(told).toEqual(alarms.map(() => [TOPIC]));
  });
});
