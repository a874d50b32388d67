/** The stack as an attacker reads it: which ways lead in, who may act as whom, what travels and rests in the open. */
import { describe, expect, it } from 'vitest';
import { TIMEOUT_SECONDS } from '../../lib/contract.ts';
import { flatten, resourcesOf, synthesise } from '../infra/assembly.ts';

const schedules = [{ flowId: 'nightly', expression: 'cron(0 6 ? * MON-FRI *)', timezone: 'Europe/Brussels' }];
const template = await synthesise({ schedules });
const of = (type: string) => resourcesOf(template, type).map(([, { Properties }]) => Properties);
const types = Object.values(template.Resources).map(({ Type }) => Type);

// biome-ignore lint/suspicious/noExplicitAny: a template's properties have no type.
type Statement = any;

/** Policies that say who may use a thing of ours. */
const resourcePolicies: readonly Statement[] = [...new Set(types)]
  .filter((type) => /Policy$/.test(type) && !type.startsWith('AWS::IAM::'))
  .flatMap((type) => of(type))
  .flatMap(({ PolicyDocument, Statement }) => PolicyDocument?.Statement ?? [Statement]);

describe('the way in', () => {
  it('is one: an HTTP API with one route to one function, and no address of a function, machine or bucket', () => {
    expect(of('AWS::ApiGatewayV2::Route')).toEqual([expect.objectContaining({ RouteKey: '$default' })]);
    const others =
      /Lambda::Url|ApiGateway::|ApiGatewayV2::(DomainName|VpcLink)|CloudFront|AppSync|IoT|Cognito|LoadBalancer/;
    expect(types.filter((type) => others.test(type))).toEqual([]);
    for (const { WebsiteConfiguration, AccessControl } of of('AWS::S3::Bucket'))
      expect([WebsiteConfiguration, AccessControl]).toEqual([undefined, undefined]);
  });

  it('remembers no answer about a key: no authoriser with a cache stands before the function that asks the table', () => {
    expect(types).not.toContain('AWS::ApiGatewayV2::Authorizer');
    expect(of('AWS::ApiGatewayV2::Route')).toEqual([expect.objectContaining({ AuthorizationType: 'NONE' })]);
  });

  it('lets no page of another origin in, and writes nothing down that may hold a key', () => {
    for (const { CorsConfiguration } of of('AWS::ApiGatewayV2::Api')) expect(CorsConfiguration).toBeUndefined();
    for (const { AccessLogSettings } of of('AWS::ApiGatewayV2::Stage')) {
      const fields = [...String(AccessLogSettings.Format).matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name);
      expect(fields.length).toBeGreaterThan(5);
      expect(fields.filter((name) => /authori|header|query|identity\.(?!sourceIp)/i.test(name ?? ''))).toEqual([]);
      expect(AccessLogSettings.Format).not.toMatch(/\$(request|input)/);
    }
  });

  it('has an end for whatever comes: each function has its own time limit, and the stage a rate', () => {
    const limits = of('AWS::Lambda::Function').map(({ Timeout }) => Timeout);
    expect([...limits].sort()).toEqual(Object.values(TIMEOUT_SECONDS).sort());
    for (const { DefaultRouteSettings } of of('AWS::ApiGatewayV2::Stage'))
      expect(DefaultRouteSettings).toEqual({
        ThrottlingRateLimit: expect.any(Number),
        ThrottlingBurstLimit: expect.any(Number),
      });
  });
});

describe('who is told by a service of AWS to act for somebody else', () => {
  it('acts for our own things only: each service that may call a function does so from one of them', () => {
    const permissions = of('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(2);
    for (const { Principal, SourceArn, FunctionName } of permissions) {
      expect(Principal).toMatch(/^(apigateway|events)\.amazonaws\.com$/);
      expect(flatten(SourceArn)).toMatch(/<\w+\.Arn>|<AccountId>:<Api\w+>/);
      expect(flatten(FunctionName)).toMatch(/Aliaslive/);
    }
  });

  it('takes on a role for this account only; a function’s, which no other account can name, is taken by Lambda alone', () => {
    const roles = of('AWS::IAM::Role').flatMap(({ AssumeRolePolicyDocument }) => AssumeRolePolicyDocument.Statement);
    expect(roles.length).toBeGreaterThan(10);
    for (const { Effect, Action, Principal, Condition } of roles) {
      expect([Effect, Action, Object.keys(Principal)]).toEqual(['Allow', 'sts:AssumeRole', ['Service']]);
      if (Principal.Service === 'lambda.amazonaws.com') continue;
      expect(Principal.Service).toMatch(/^(states|scheduler|pipes)\.amazonaws\.com$/);
      expect(flatten(Condition?.StringEquals?.['aws:SourceAccount']), Principal.Service).toBe('<AccountId>');
    }
  });

  it('is allowed nothing for everybody: whoever is meant by a star is refused', () => {
    expect(resourcePolicies.length).toBeGreaterThan(5);
    for (const { Effect, Principal, Condition } of resourcePolicies) {
      const isForAll = /"?\*"?/.test(JSON.stringify(Principal));
      if (isForAll) expect(Effect).toBe('Deny');
      else expect([Effect, flatten(Condition?.StringEquals?.['aws:SourceAccount'])]).toEqual(['Allow', '<AccountId>']);
    }
  });
});

describe('what travels and what rests', () => {
  const DENY_PLAIN = { Bool: { 'aws:SecureTransport': 'false' } };

  it('is refused without TLS by every bucket and queue', () => {
    const refusing = resourcePolicies.filter(
      ({ Condition }) => JSON.stringify(Condition) === JSON.stringify(DENY_PLAIN),
    );
    expect(refusing).toHaveLength(of('AWS::S3::Bucket').length + of('AWS::SQS::Queue').length);
    for (const { Effect, Action } of refusing)
      expect([Effect, Action]).toEqual(['Deny', expect.stringMatching(/^(s3|sqs):\*$/)]);
  });

  it('is encrypted wherever it is kept, and the table can be restored', () => {
    for (const { BucketEncryption, PublicAccessBlockConfiguration } of of('AWS::S3::Bucket')) {
      expect(BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
      expect(new Set(Object.values(PublicAccessBlockConfiguration))).toEqual(new Set([true]));
    }
    for (const { SqsManagedSseEnabled } of of('AWS::SQS::Queue')) expect(SqsManagedSseEnabled).toBe(true);
    for (const { PointInTimeRecoverySpecification } of of('AWS::DynamoDB::Table'))
      expect(PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  });

  it('tells a function no secret: its environment has names of secrets, and no layer of others sees it', () => {
    for (const { Environment, Layers, FileSystemConfigs } of of('AWS::Lambda::Function')) {
      expect([Layers, FileSystemConfigs]).toEqual([undefined, undefined]);
      for (const [name, value] of Object.entries(Environment.Variables)) {
        expect(JSON.stringify(value), name).not.toMatch(/resolve:secretsmanager|SecretString/);
        expect(name).not.toMatch(/PASSWORD|TOKEN|API_KEY|^NODE_TLS|^NODE_EXTRA_CA/);
      }
    }
    expect(JSON.stringify(template)).not.toContain('{{resolve:');
  });

  it('is forgotten by every log after three months', () => {
    const groups = of('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(9);
    for (const { RetentionInDays } of groups) expect(RetentionInDays).toBe(90);
  });
});
