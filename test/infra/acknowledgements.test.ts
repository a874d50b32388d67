import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { withApp } from './assembly.ts';

const schedules = [{ flowId: 'nightly', expression: 'cron(0 6 ? * MON-FRI *)', timezone: 'Europe/Brussels' }];
const context = { alarmTopicArn: 'arn:aws:sns:eu-west-1:000000000000:on-call' };

const { acknowledged, report } = await withApp({ schedules, context }, async (app, outdir) => {
  app.synth();
  const entries = app.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(data).map(([id, reason]) => ({ path: construct.node.path, id, reason }))),
    );
  return { acknowledged: entries, report: JSON.parse(await readFile(join(outdir, 'validation-report.json'), 'utf8')) };
});

describe('the rules of AwsSolutions and of CloudFormation', () => {
  it('find nothing but what is acknowledged', () => {
    expect(report.pluginReports).toEqual([]);
  });

  it('stop the synthesis for a resource that breaks them, so that finding nothing means something', async () => {
    const report = await withApp({}, (app) => {
      new Bucket(app.node.findChild('Errand') as Stack, 'Careless');
      return synthesisError(() => app.synth());
    });
    expect(report).toContain('AwsSolutions-S1');
    expect(report).toContain('AwsSolutions-S10');
  });

  it('are acknowledged in exactly these places, so that another needs a review', () => {
    const list = acknowledged.map(
      ({ path, id }) => `${path} ${id.replace(/^Annotation::/i, '').replace(/[0-9A-F]{8}/, '')}`,
    );
    expect(list.sort()).toEqual([
      'Errand AwsSolutions-IAM5[Resource::<Files.Arn>/inputs/*]',
      'Errand AwsSolutions-IAM5[Resource::<Files.Arn>/outputs/*]',
      'Errand AwsSolutions-IAM5[Resource::<Files.Arn>/staging/*]',
      'Errand/Api AwsSolutions-APIG4',
      'Errand/Keys AwsSolutions-SMG4',
      'Errand/Telemetry AwsSolutions-IAM5[Resource::*]',
    ]);
  });

  it('are each acknowledged with a reason that can be read', () => {
    for (const { reason } of acknowledged) expect(String(reason).length).toBeGreaterThan(40);
  });
});

function synthesisError(synthesise: () => unknown): string {
  try {
    synthesise();
    return 'no error';
  } catch (error) {
    return String(error);
  }
}
