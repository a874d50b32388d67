import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ErrandStack } from '../../infra/errand-stack.ts';
import { ENV, FUNCTIONS, OBJECTS, TABLE, TIMEOUT_SECONDS } from '../../lib/contract.ts';
import { flatten, resourcesOf, SETTINGS, synthesise, withApp } from './assembly.ts';

const synthesised = await synthesise();
const template = Template.fromJSON(JSON.parse(JSON.stringify(synthesised)));

describe('the table', () => {
  it('can be restored to any second and survives the stack, because it is the only record of what was started', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: TABLE.ttl, Enabled: true },
      },
    });
  });

  it('streams what was written, because events are made of it', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
  });

  it('has the keys and indexes that the code spells, with keys alone, so that a look is one write', () => {
    const [[, table] = []] = resourcesOf(synthesised, 'AWS::DynamoDB::Table');
    const keysOf = (schema: readonly { readonly AttributeName: string; readonly KeyType: string }[]) =>
      schema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
    expect(keysOf(table?.Properties.KeySchema)).toEqual([`HASH ${TABLE.partitionKey}`, `RANGE ${TABLE.sortKey}`]);
    // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
    const indexes = table?.Properties.GlobalSecondaryIndexes.map((index: any) => ({
      name: index.IndexName,
      keys: keysOf(index.KeySchema),
      projection: index.Projection,
    }));
    expect(indexes).toEqual(
      Object.values(TABLE.indexes).map(({ name, partitionKey, sortKey }) => ({
        name,
        keys: [`HASH ${partitionKey}`, `RANGE ${sortKey}`],
        projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    );
  });
});

describe('the buckets', () => {
  it('are encrypted, private and kept', () => {
    template.resourceCountIs('AWS::S3::Bucket', 2);
    template.allResources('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    });
  });

  it('refuse whoever does not use TLS', () => {
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    });
  });

  it('forget unfinished uploads after a day, because nobody ever publishes them', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LoggingConfiguration: Match.anyValue(),
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
          Match.objectLike({ ExpirationInDays: 1, Prefix: OBJECTS.staging, Status: 'Enabled' }),
        ],
      },
    });
  });
});

describe('the functions', () => {
  it.each(FUNCTIONS)('%s runs on Node 24 for arm64 within its time limit and knows where its things are', (name) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: `Errand: ${name}`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: TIMEOUT_SECONDS[name],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: Match.anyValue() },
      Environment: {
        Variables: Match.objectLike({
          [ENV.config]: 'errand.config.json',
          [ENV.table]: Match.anyValue(),
          [ENV.bucket]: Match.anyValue(),
          [ENV.rootKeySecret]: Match.anyValue(),
          [ENV.environment]: 'prod',
          NODE_OPTIONS: '--disable-proto=delete',
        }),
      },
    });
  });

  it('exist as many times as the contract says, each behind an alias of a version of its own', () => {
    template.resourceCountIs('AWS::Lambda::Function', FUNCTIONS.length);
    template.resourceCountIs('AWS::Lambda::Version', FUNCTIONS.length);
    const aliases = resourcesOf(synthesised, 'AWS::Lambda::Alias').map(([, { Properties }]) => Properties);
    expect(aliases.map(({ Name }) => Name)).toEqual(FUNCTIONS.map(() => 'live'));
    for (const { FunctionVersion } of aliases)
      expect(flatten(FunctionVersion)).toMatch(/^<Functions\w+CurrentVersion\w+\.Version>$/);
  });

  /** Descriptions of the functions that have a variable, each with its value. */
  const withVariable = (variable: string) =>
    resourcesOf(synthesised, 'AWS::Lambda::Function')
      .map(([, { Properties }]) => [Properties.Description, Properties.Environment.Variables[variable]])
      .flatMap(([description, value]) => (value === undefined ? [] : [[description, flatten(value)]]))
      .sort();

  it('start executions under the alias of the machine, and only where something is started', () => {
    const [[, machine] = []] = resourcesOf(synthesised, 'AWS::StepFunctions::StateMachine');
    const [[, alias] = []] = resourcesOf(synthesised, 'AWS::StepFunctions::StateMachineAlias');
    const name = `${machine?.Properties.StateMachineName}:${alias?.Properties.Name}`;
    const arn = `arn:<Partition>:states:<Region>:<AccountId>:stateMachine:${name}`;
    expect(withVariable(ENV.stateMachine)).toEqual([
      ['Errand: api', arn],
      ['Errand: intake', arn],
      ['Errand: release', arn],
      ['Errand: settle', arn],
      ['Errand: sweep', arn],
    ]);
  });

  it('know besides only what they use: a queue, a key, a rate', () => {
    const { FalloutQueueUrl, EventKeySecret } = synthesised.Outputs;
    expect(withVariable(ENV.falloutQueue)).toEqual([['Errand: sweep', flatten(FalloutQueueUrl?.Value)]]);
    expect(withVariable(ENV.eventKeySecret)).toEqual([['Errand: announce', flatten(EventKeySecret?.Value)]]);
    expect(withVariable(ENV.requestsPerSecond)).toEqual([['Errand: api', '100']]);
  });

  it('reserve no concurrency by default, because a small account has none to give', () => {
    for (const [, { Properties }] of resourcesOf(synthesised, 'AWS::Lambda::Function'))
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('an account with concurrency to spare', () => {
  it('can keep some free for what ends and repairs runs, so that a flood of polls cannot starve it', async () => {
    const reserved = await withApp({ validate: false }, (app, outdir) => {
      const props = { ...SETTINGS, codeDir: outdir, reservedConcurrency: 2 };
      const functions = Template.fromStack(new ErrandStack(app, 'Reserved', props)).findResources(
        'AWS::Lambda::Function',
        {
          Properties: { ReservedConcurrentExecutions: 2 },
        },
      );
      return Object.values(functions).map(({ Properties }) => Properties.Description);
    });
    expect(reserved.sort()).toEqual(['Errand: settle', 'Errand: sweep']);
  });
});

describe('the front door', () => {
  it('logs an allow-listed format and limits the rate', () => {
    const [[, stage] = []] = resourcesOf(synthesised, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 500 });
    const { Format } = stage?.Properties.AccessLogSettings ?? {};
    expect(Format).not.toMatch(/header|authorizer|query|\$context\.identity\.(caller|user)/i);
    expect(Object.keys(JSON.parse(Format))).toContain('requestId');
  });

  it('has one route, which leads to the alias', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default' });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    const [[, integration] = []] = resourcesOf(synthesised, 'AWS::ApiGatewayV2::Integration');
    expect(flatten(integration?.Properties.IntegrationUri)).toMatch(/Alias/);
    expect(integration?.Properties.PayloadFormatVersion).toBe('2.0');
  });
});

describe('the repair rules', () => {
  it('sweep every minute', () => {
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
  });

  it('settle the record of an execution that was stopped from outside, which no state can catch', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: Match.anyValue() },
      },
      Targets: [Match.objectLike({ InputTransformer: Match.anyValue() })],
    });
  });
});

describe('the keys of our own', () => {
  const secret = (key: string, deletion: string) => ({
    DeletionPolicy: deletion,
    Properties: { GenerateSecretString: { GenerateStringKey: key, SecretStringTemplate: '{}', PasswordLength: 64 } },
  });

  it('are random and of enough length; the root is kept when the stack goes, because inputs are sealed under it', () => {
    template.hasResource('AWS::SecretsManager::Secret', secret('rootKey', 'Retain'));
    template.hasResource('AWS::SecretsManager::Secret', secret('eventKey', 'Delete'));
    template.resourceCountIs('AWS::SecretsManager::Secret', 2);
  });
});

describe('the outputs', () => {
  it('name everything that somebody needs from outside', () => {
    expect(Object.keys(synthesised.Outputs).sort()).toEqual([
      'ApiUrl',
      'BucketName',
      'ConsoleUrl',
      'Environment',
      'EventBusName',
      'EventKeySecret',
      'FalloutQueueUrl',
      'RequestsQueueUrl',
      'RootKeySecret',
      'StateMachineArn',
      'TableName',
    ]);
  });
});

describe('a configuration that leads to the laptop', () => {
  it('can be looked at but not deployed', async () => {
    const { Rules } = await synthesise({ loopback: ['acme'] });
    expect(JSON.stringify(Rules)).toContain('These connections lead to the laptop itself: acme.');
    expect(synthesised.Rules).not.toHaveProperty('LoopbackConnections');
  });
});
