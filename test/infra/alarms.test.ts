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

/** What a function writes when it counts. */
async function count(service: string, namespace: string, metric: string, fields: Readonly<Record<string, string>>) {
  // A process of its own, because counts are written past every stream that a test could pass in.
  const source = `
    import { createTelemetry } from './lib/aws/telemetry.ts';
    const { log } = createTelemetry(${JSON.stringify({ service, namespace })});
    log.count('${metric}', ${JSON.stringify(fields)});`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
    cwd: resolve(import.meta.dirname, '../..'),
  });
  return JSON.parse(stdout);
}

describe('the alarms', () => {
  it('are few, and each says what has happened and what to do', () => {
    expect(alarms.map(([id]) => id.replace(/^Alarms|[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'EventsHeldUp',
      'FalloutWaiting',
      'KeysGuessed',
      'PlatformFailing',
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
    const counted = await count('api', Namespace, METRICS.keyRefused, { reason: 'wrong' });
    expect(counted._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace,
      Metrics: [{ Name: MetricName }],
      Dimensions: [expect.arrayContaining(Dimensions.map(({ Name }: { Name: string }) => Name))],
    });
    for (const { Name, Value } of Dimensions) expect(counted[Name]).toBe(Value);
  });

  it('go off when calls to any platform are held back, whichever function found out', async () => {
    const { Metrics, ...alarm } = alarmNamed('PlatformFailing');
    expect(alarm).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' });
    expect(Metrics).toHaveLength(1);
    const counted = await count('poll', 'Errand', METRICS.circuitOpened, { connection: 'acme' });
    const [{ Namespace, Metrics: names, Dimensions }] = counted._aws.CloudWatchMetrics;
    // A query finds nothing unless it names every dimension, and no other.
    const schema = [Namespace, ...Dimensions[0].toSorted()].map((name: string) => `"${name}"`).join(', ');
    const Expression = `SELECT SUM("${names[0].Name}") FROM SCHEMA(${schema})`;
    expect(Metrics[0]).toMatchObject({ Expression, Period: 300, ReturnData: true });
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
