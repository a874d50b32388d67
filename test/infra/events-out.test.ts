import { describe, expect, it } from 'vitest';
import { EVENT_SOURCE } from '../../lib/contract.ts';
import { flatten, resourcesOf, synthesise } from './assembly.ts';

const template = await synthesise();
const [[, pipe] = []] = resourcesOf(template, 'AWS::Pipes::Pipe');
const [[busId, bus] = []] = resourcesOf(template, 'AWS::Events::EventBus');
const [[tableId] = []] = resourcesOf(template, 'AWS::DynamoDB::Table');
const undelivered = resourcesOf(template, 'AWS::SQS::Queue').find(([id]) => id.startsWith('Undelivered'))?.[0];
const { DynamoDBStreamParameters: stream, FilterCriteria: filter } = pipe?.Properties.SourceParameters ?? {};

const A_DAY_SECONDS = 86_400;

describe('the pipe from the table to the bus', () => {
  it('takes writes that bring news, and pays for no other', () => {
    expect(flatten(pipe?.Properties.Source)).toBe(`<${tableId}.StreamArn>`);
    expect(filter.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      { dynamodb: { NewImage: { news: { S: [{ exists: true }] } } } },
    ]);
  });

  it('misses nothing that was written before it was there', () => {
    expect(stream.StartingPosition).toBe('TRIM_HORIZON');
  });

  it('has events made by the alias of announce, and puts them on the bus as it made them', () => {
    expect(flatten(pipe?.Properties.Enrichment)).toMatch(/^<FunctionsAnnounceAliaslive\w+>$/);
    expect(flatten(pipe?.Properties.Target)).toBe(`<${busId}.Arn>`);
    expect(pipe?.Properties.TargetParameters).toEqual({
      EventBridgeEventBusParameters: { Source: EVENT_SOURCE, DetailType: '$.detailType' },
      InputTemplate: '<$.detail>',
    });
  });

  it('brings no more at once than a bus takes', () => {
    expect(stream.BatchSize).toBeLessThanOrEqual(10);
    expect(stream.MaximumBatchingWindowInSeconds).toBeLessThanOrEqual(1);
  });

  it('tries for hours, alone with the one record that will not go, and gives up while that can still be read', () => {
    expect(stream).toMatchObject({ MaximumRetryAttempts: -1, OnPartialBatchItemFailure: 'AUTOMATIC_BISECT' });
    expect(stream.MaximumRecordAgeInSeconds).toBeGreaterThanOrEqual(A_DAY_SECONDS / 2);
    expect(stream.MaximumRecordAgeInSeconds).toBeLessThan(A_DAY_SECONDS);
    expect(flatten(stream.DeadLetterConfig.Arn)).toBe(`<${undelivered}.Arn>`);
  });

  it('works under a role that nobody else can have taken', () => {
    const role = resourcesOf(template, 'AWS::IAM::Role').find(([id]) => id.startsWith('EventsRole'));
    expect(flatten(pipe?.Properties.RoleArn)).toBe(`<${role?.[0]}.Arn>`);
    const [trust] = role?.[1].Properties.AssumeRolePolicyDocument.Statement ?? [];
    expect(trust).toMatchObject({
      Principal: { Service: 'pipes.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });
});

describe('the bus', () => {
  it('is our own, and nobody outside the account may use it', () => {
    expect(bus?.Properties.Name).toBe('Errand');
    expect(bus?.Properties).not.toHaveProperty('Policy');
    expect(resourcesOf(template, 'AWS::Events::EventBusPolicy')).toEqual([]);
  });

  it('keeps two weeks of events, so that they can be replayed to a receiver that was down', () => {
    const [[, archive] = []] = resourcesOf(template, 'AWS::Events::Archive');
    expect(flatten(archive?.Properties.SourceArn)).toBe(`<${busId}.Arn>`);
    expect(archive?.Properties).toMatchObject({ EventPattern: { source: [EVENT_SOURCE] }, RetentionDays: 14 });
  });
});
