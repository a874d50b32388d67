import { expect, it } from 'vitest';
import { executionPage } from '../../lib/domain/execution-page.ts';

const arn = (partition: string, region: string, account = '123456789012') =>
  `arn:${partition}:states:${region}:${account}:execution:errand:run_1-g1`;

it.each([
  ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
  ['aws-us-gov', 'us-gov-west-1', 'https://console.amazonaws-us-gov.com'],
  ['aws-cn', 'cn-north-1', 'https://console.amazonaws.cn'],
])('is at the console of its partition: %s', (partition, region, origin) => {
  const execution = arn(partition, region);
  expect(executionPage(execution)).toBe(`${origin}/states/home?region=${region}#/v2/executions/details/${execution}`);
});

it('is none for an execution on the laptop, of another partition, or for what is no execution', () => {
  expect(executionPage(arn('aws', 'us-east-1', '000000000000'))).toBeUndefined();
  expect(executionPage(arn('aws-mars', 'mars-1'))).toBeUndefined();
  expect(executionPage('https://evil.example')).toBeUndefined();
  expect(executionPage(`${arn('aws', 'eu-west-1')}"><script>`)).toBeUndefined();
});
