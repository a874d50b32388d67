/** CloudFormation as far as the outputs of one stack go. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Cloud {
  /** What it was asked, in order. */
  readonly asked: readonly string[];
  /** With what a command finds it, and the services of the machine's own Errand. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param environment of the Errand on this machine, whose table and secrets stand for the stack's. */
export async function startCloud(
  cleanUp: (task: () => void) => void,
  environment: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): Promise<Cloud> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(body);
    response.setHeader('content-type', 'text/xml');
    const isThere = new URLSearchParams(body).get('StackName') === 'Errand';
    response.writeHead(isThere ? 200 : 400).end(isThere ? stackXml(outputs) : ABSENT);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  cleanUp(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = Object.entries(environment).filter(([name]) => name.startsWith('AWS_'));
  return { asked, env: { ...Object.fromEntries(aws), AWS_ENDPOINT_URL_CLOUDFORMATION: url } };
}

const NAMESPACE = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"';
const ABSENT = `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Other does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

function stackXml(outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs)
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('');
  const stack = `<StackName>Errand</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-03-02T08:00:00Z</CreationTime><Outputs>${members}</Outputs>`;
  return `<DescribeStacksResponse ${NAMESPACE}><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeStacksResponse>`;
}
