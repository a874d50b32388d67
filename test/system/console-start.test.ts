import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { type Doors, openDoors } from './doors.ts';
import { type LeapingErrand, startLeapingErrand } from './leaping-errand.ts';
import { listRuns } from './requests.ts';

let errand: LeapingErrand;
let doors: Doors;
let sfn: SFNClient;
let stateMachineArn: string;
beforeAll(async () => {
  errand = await startLeapingErrand(afterAll);
  doors = openDoors(errand);
  sfn = new SFNClient({ endpoint: errand.runtime.services.stepFunctions });
  stateMachineArn = String(errand.runtime.environment[ENV.stateMachine]);
}, 120_000);
afterAll(() => sfn.destroy());

const runsOf = (flowId: string) => listRuns(errand.runtime.apiUrl, errand.key, `&flow=${flowId}`);

/** As somebody types it into the console. */
async function begin(input: unknown, name?: string): Promise<string> {
  const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) });
  return String((await sfn.send(command)).executionArn);
}

async function end(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  const describe = () => sfn.send(new DescribeExecutionCommand({ executionArn }));
  await errand.until(async () => (await describe()).status !== 'RUNNING');
  return describe();
}

async function runOf(flowId: string, executionArn: string) {
  const listed = (await runsOf(flowId)).filter(
    ({ links }) => (links as { execution: string }).execution === executionArn,
  );
  expect(listed).toHaveLength(1);
  return doors.run(String(listed[0]?.id));
}

describe.concurrent('an execution that a person starts', () => {
  it.each([
    ['a name of its own', 'by-hand-1'],
    ['the name that the service gives', undefined],
  ])('under %s is a run, and succeeds with it', async (_what, name) => {
    const input = { flowId: 'onboard-employee', parameters: { employeeName: 'Jane Roe', email: 'jane@example.com' } };
    const arn = await begin({ ...input, businessKey: 'HR-1' }, name);
    expect((await end(arn)).status).toBe('SUCCEEDED');
    const run = await runOf('onboard-employee', arn);
    expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'console', businessKey: 'HR-1' });
    expect(run.parameters).toEqual({ employeeName: 'Jane Roe', email: '***' });
    if (name !== undefined) expect(arn.endsWith(`:${name}`)).toBe(true);
  });

  it('fails with its run, under the code of the run', async () => {
    const arn = await begin({ flowId: 'import-actuals' }, 'by-hand-2');
    expect(await end(arn)).toMatchObject({ status: 'FAILED', error: 'PROVIDER_FAILED' });
    expect(await runOf('import-actuals', arn)).toMatchObject({ status: 'FAILED', trigger: 'console' });
  });

  it('under the same name again is the same run, while it goes and after it has ended', async () => {
    const input = { flowId: 'write-offer', parameters: { customer: 'Acme' } };
    const arns = await Promise.all(Array.from({ length: 5 }, () => begin(input, 'by-hand-3')));
    expect(new Set(arns).size).toBe(1);
    expect((await end(String(arns[0]))).status).toBe('SUCCEEDED');
    await expect(begin(input, 'by-hand-3')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(await runsOf('write-offer')).toHaveLength(1);
    const starts = errand.fleet['smart-flows'].requests.filter(
      ({ method, path }) => method === 'POST' && path.includes('flowId='),
    );
    expect(starts).toHaveLength(1);
  });

  it('is stopped by hand, and the run is canceled under its next generation', async () => {
    const arn = await begin({ flowId: 'approve-contract', parameters: { title: 'Lease' } }, 'by-hand-4');
    await errand.until(async () => (await runsOf('approve-contract'))[0]?.status === 'WAITING_FOR_INPUT');
    const { id, links } = await runOf('approve-contract', arn);
    expect(links.execution).toBe(arn);
    await sfn.send(new StopExecutionCommand({ executionArn: arn }));
    const run = await errand.ended(id, 20_000);
    expect(run).toMatchObject({ status: 'CANCELED', cancel: { remote: 'unsupported' }, trigger: 'console' });
    expect((await end(arn)).status).toBe('ABORTED');
  });
});

describe('an execution that is started with an input that cannot be run', () => {
  const before = new Map<string, number>();
  beforeAll(async () => {
    for (const flowId of ['create-order', 'update-forecast']) before.set(flowId, (await runsOf(flowId)).length);
  });

  it.each([
    [{}, 'flowId'],
    [{ flowId: 7 }, 'flowId'],
    [{ flowId: 'no-such-flow' }, 'flowId'],
    [{ flowId: 'create-order' }, 'parameters.customer'],
    [{ flowId: 'create-order', parameters: { customer: 5 } }, 'parameters.customer'],
    [{ flowId: 'create-order', parameters: { customer: 'C', costumer: 'D' } }, 'parameters.costumer'],
    [{ flowId: 'create-order', parameters: [] }, 'parameters'],
    [{ flowId: 'update-forecast', timeoutMs: 86_400_000 }, 'timeoutMs'],
    [{ flowId: 'update-forecast', retry: { maxAttempts: 9 } }, 'retry.maxAttempts'],
    [{ flowId: 'update-forecast', tag: {} }, 'tag'],
    [{ flowId: 'update-forecast', requestId: 'é' }, 'requestId'],
    [[], '(input)'],
    ['update-forecast', '(input)'],
  ])('%j fails at once and names %s', async (input, field) => {
    const execution = await end(await begin(input));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'INVALID_REQUEST' });
    expect(execution.cause).toContain(field);
  });

  it('has made no run', async () => {
    for (const [flowId, count] of before) expect(await runsOf(flowId)).toHaveLength(count);
    expect(errand.fleet.invision.requests.filter(({ path }) => path.includes('000000000001'))).toEqual([]);
  });
});
