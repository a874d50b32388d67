import { describe, expect, it } from 'vitest';
import { QUEUE, TIMEOUT_SECONDS } from '../../lib/contract.ts';
import { QUEUE_DEFINITIONS, QUEUES } from '../../lib/local/messaging.ts';
import { flatten, resourcesOf, synthesise } from './assembly.ts';

const template = await synthesise();
const queues = resourcesOf(template, 'AWS::SQS::Queue');
const [[, mapping] = []] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');

function queueNamed(prefix: string) {
  const [id, queue] = queues.find(([logicalId]) => logicalId.startsWith(prefix)) ?? [];
  return { id, arn: `<${id}.Arn>`, properties: queue?.Properties };
}

const requests = queueNamed('IntakeRequests');
const deadLetters = queueNamed('IntakeDeadLetters');
const fallout = queueNamed('FalloutNotices');
const undelivered = queueNamed('Undelivered');

describe('every queue', () => {
  it.each(queues)('%s is encrypted and keeps what it has for as long as SQS can', (_id, { Properties }) => {
    expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: QUEUE.retentionSeconds });
  });

  it.each(queues)('%s refuses whoever does not use TLS, and allows nobody by its own policy', (id) => {
    const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy')
      .map(([, { Properties }]) => Properties)
      .filter(({ Queues }) => Queues.some((queue: unknown) => flatten(queue) === `<${id}>`));
    const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });

  it('is one of four: requests, those that could not be taken in, fallout, and notices nobody got', () => {
    expect(queues).toHaveLength(4);
    for (const { id } of [requests, deadLetters, fallout, undelivered]) expect(id).toBeDefined();
  });
});

describe('the queues of the laptop', () => {
  it.each([
    [QUEUES.requests, requests],
    [QUEUES.fallout, fallout],
  ])('hand out and give up as those of the stack: %s', (name, { properties }) => {
    const local = QUEUE_DEFINITIONS.find((definition) => definition.name === name);
    expect(properties.RedrivePolicy.maxReceiveCount).toBe(local?.redrive?.maxReceiveCount);
    expect(properties.VisibilityTimeout).toBe(local?.visibilityTimeoutSeconds);
    expect(properties.MessageRetentionPeriod).toBe(local?.retentionSeconds);
  });
});

describe('the queue of requests', () => {
  it('hides a message until nobody can be working on its batch any more', () => {
    expect(requests.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * TIMEOUT_SECONDS.intake);
  });

  it('gives a message five receives or more, because SQS may count one that nobody got', () => {
    const { deadLetterTargetArn, maxReceiveCount } = requests.properties.RedrivePolicy;
    expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
    expect(flatten(deadLetterTargetArn)).toBe(deadLetters.arn);
  });

  it('is emptied by the alias of intake in batches of which single messages can fail', () => {
    expect(resourcesOf(template, 'AWS::Lambda::EventSourceMapping')).toHaveLength(1);
    expect(flatten(mapping?.Properties.EventSourceArn)).toBe(requests.arn);
    expect(JSON.stringify(mapping?.Properties.FunctionName)).toMatch(/"FunctionsIntakeAliaslive\w+".*":live"/);
    expect(mapping?.Properties).toMatchObject({
      BatchSize: QUEUE.batchSize,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('is slowed down where it is read, never by throttling the function, which would fill the dead letters', () => {
    expect(mapping?.Properties.ScalingConfig).toEqual({ MaximumConcurrency: QUEUE.maxConcurrency });
    const intake = resourcesOf(template, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.Description === 'Errand: intake',
    );
    expect(intake?.[1].Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('the queue of fallout', () => {
  it('lets a notice go that its consumer breaks on, because the run itself is in the table', () => {
    const { deadLetterTargetArn, maxReceiveCount } = fallout.properties.RedrivePolicy;
    expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
    expect(flatten(deadLetterTargetArn)).toBe(undelivered.arn);
  });
});

describe('whoever may use a queue', () => {
  it('never both reads and fills the same one, so that no message can go round for ever', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      const statements = (Properties.Policies ?? []).flatMap(
        ({ PolicyDocument }: { PolicyDocument: { Statement: unknown[] } }) => PolicyDocument.Statement,
      );
      const queuesFor = (action: string) =>
        statements
          .filter(({ Action }: { Action: string | string[] }) => [Action].flat().includes(action))
          .flatMap(({ Resource }: { Resource: unknown }) => [Resource].flat().map(flatten));
      const both = queuesFor('sqs:ReceiveMessage').filter((arn: string) => queuesFor('sqs:SendMessage').includes(arn));
      expect(both, id).toEqual([]);
    }
  });
});
