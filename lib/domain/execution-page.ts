const EXECUTION = /^arn:(aws[a-z-]*):states:([a-z0-9-]+):(\d{12}):execution:[\w-]+:[\w.-]+$/;
/** The laptop's, of which AWS knows nothing. */
const NO_ACCOUNT = '000000000000';
/** Of each partition; the first has an address of its own for each region. */
const HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the console of Step Functions; undefined where AWS has none. Pure. */
export function executionPage(arn: string): string | undefined {
  const [, partition = '', region, account] = EXECUTION.exec(arn) ?? [];
  const host = HOSTS[partition];
  if (host === undefined || account === NO_ACCOUNT) return undefined;
  const home = partition === 'aws' ? `${region}.${host}` : host;
  return `https://${home}/states/home?region=${region}#/v2/executions/details/${arn}`;
}
