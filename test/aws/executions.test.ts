import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExecutions } from '../../lib/aws/executions.ts';
import { type AwsJsonServer, AwsRefusal, startAwsJsonServer } from '../helpers/aws-json-server.ts';

const RUN = 'run_01KAAAAAAAAAAAAAAAAAAAAAAA';
const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:errand';
const EXECUTIONS = 'arn:aws:states:eu-west-1:123456789012:execution:errand';

let server: AwsJsonServer;
let client: SFNClient;
beforeAll(async () => {
  server = await startAwsJsonServer();
  client = new SFNClient(server.clientOptions);
});
afterAll(() => server.close());
beforeEach(() => {
  server.calls.length = 0;
  server.answer = () => ({ executionArn: 'arn:from-the-service', startDate: 1 });
});

function refuse(code: string, status?: number) {
  server.answer = () => {
    throw new AwsRefusal(code, status);
  };
}

describe.each([MACHINE, `${MACHINE}:live`])('executions of %s', (stateMachineArn) => {
  const create = () => createExecutions({ client, stateMachineArn });

  it('are named after the run and given nothing volatile, so that asking twice is the same request', async () => {
    expect(await create().start(RUN, 1)).toBe('arn:from-the-service');
    await create().start(RUN, 2);
    expect(server.calls.map(({ input }) => input)).toEqual([
      { stateMachineArn, name: `${RUN}-g1`, input: `{"runId":"${RUN}"}` },
      { stateMachineArn, name: `${RUN}-g2`, input: `{"runId":"${RUN}","generation":2}` },
    ]);
    expect(`${RUN}-g1000000`.length).toBeLessThanOrEqual(80);
  });

  it('that are there already count as started', async () => {
    refuse('ExecutionAlreadyExists');
    expect(await create().start(RUN, 3)).toBe(`${EXECUTIONS}:${RUN}-g3`);
    expect(create().arnOf({ id: RUN, generation: 3 })).toBe(`${EXECUTIONS}:${RUN}-g3`);
  });

  it.each([
    ['RUNNING', true],
    ['PENDING_REDRIVE', true],
    ['SUCCEEDED', false],
    ['FAILED', false],
    ['TIMED_OUT', false],
    ['ABORTED', false],
  ])('in status %s run: %s', async (status, isRunning) => {
    server.answer = () => ({ status });
    expect(await create().isRunning({ id: RUN, generation: 1 })).toBe(isRunning);
    expect(server.calls[0]?.input).toEqual({ executionArn: `${EXECUTIONS}:${RUN}-g1` });
  });

  it('that never were do not run', async () => {
    refuse('ExecutionDoesNotExist');
    expect(await create().isRunning({ id: RUN, generation: 1 })).toBe(false);
  });

  it.each([
    ['ThrottlingException', 400],
    ['ExecutionLimitExceeded', 400],
    ['InternalFailure', 500],
  ])('are neither started nor ended when the service says %s', async (code, status) => {
    refuse(code, status);
    await expect(create().start(RUN, 1)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
    await expect(create().isRunning({ id: RUN, generation: 1 })).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
  });

  it('refused for good say why', async () => {
    refuse('StateMachineDoesNotExist');
    await expect(create().start(RUN, 1)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});
