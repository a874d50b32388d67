import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { STATE_MACHINE_ARN } from '../../lib/local/execution-names.ts';
import {
  CLIENT,
  type LocalStepFunctionsOptions,
  localStepFunctions,
  untilIdle,
} from './helpers/local-step-functions.ts';

const stateMachineArn = STATE_MACHINE_ARN;
const WAITING = { start: () => ({ next: 'WAIT', waitSeconds: 3_600 }) };
const SUCCEEDING = { start: () => ({ next: 'SUCCEEDED' }) };

async function machine(options: LocalStepFunctionsOptions) {
  const local = await localStepFunctions(options);
  const start = (name: string | undefined, input = '{"runId":"1"}') =>
    local.client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  return { ...local, start };
}

describe('StartExecution', () => {
  it('gives the same ARN and start date again while the execution runs with the same input', async () => {
    const { start } = await machine({ handlers: WAITING });
    const [first, second] = [await start('a'), await start('a')];
    expect(second.executionArn).toBe(first.executionArn);
    expect(second.startDate).toEqual(first.startDate);
    expect(first.executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:errand:a');
  });

  it('starts once when equal starts race', async () => {
    let starts = 0;
    const { start } = await machine({ handlers: { start: () => ({ next: 'WAIT', waitSeconds: ++starts * 3_600 }) } });
    const replies = await Promise.all(Array.from({ length: 20 }, () => start('raced')));
    expect(new Set(replies.map(({ startDate }) => startDate?.getTime())).size).toBe(1);
    await expect.poll(() => starts).toBe(1);
  });

  it('refuses another input under the name of a running execution', async () => {
    const { start } = await machine({ handlers: WAITING });
    await start('a');
    await expect(start('a', '{"runId": "1"}')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses the name of an execution that has ended, even with the same input', async () => {
    const { start, executions } = await machine({ handlers: SUCCEEDING });
    await start('a');
    await untilIdle(executions);
    await expect(start('a')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('refuses the names that the cloud refuses', async () => {
    const { executions } = await machine({});
    const signs = [...' <>{}[]?*"#%\\^|~`$&,;:/\u0001\u0085\ud800'].map((sign) => `a${sign}b`);
    for (const name of ['', 'x'.repeat(81), ...signs]) {
      await expect(executions.start(name, '{}'), name).rejects.toMatchObject({ name: 'InvalidName' });
    }
  });

  it('takes the longest name, and makes one up where none is given', async () => {
    const { start } = await machine({ handlers: WAITING });
    await expect(start('x'.repeat(80))).resolves.toBeDefined();
    const { executionArn } = await start(undefined);
    expect(executionArn).toMatch(/:errand:[0-9a-f-]{36}$/);
  });

  it('counts the bytes of an input, not its characters', async () => {
    const { start } = await machine({ handlers: WAITING });
    const ofBytes = (bytes: number) => JSON.stringify('é'.repeat((bytes - 2) / 2));
    await expect(start('fits', ofBytes(262_144))).resolves.toBeDefined();
    await expect(start('too-large', ofBytes(262_146))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses an input that is not JSON, an ARN that is none, and a machine that is not ours', async () => {
    const { client, start } = await machine({});
    await expect(start('a', '{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    const to = (arn: string) => client.send(new StartExecutionCommand({ stateMachineArn: arn }));
    await expect(to('errand')).rejects.toMatchObject({ name: 'InvalidArn' });
    await expect(to(`${stateMachineArn}x`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  it('takes an alias of the machine, as the functions use one', async () => {
    const { client } = await machine({ handlers: WAITING });
    const command = new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}:live`, name: 'a' });
    await expect(client.send(command)).resolves.toBeDefined();
  });

  it.each([
    ['with the machine’s ARN', stateMachineArn, undefined],
    ['with an alias’s ARN', `${stateMachineArn}:live`, undefined],
    ['under a name', stateMachineArn, 'by-hand_1'],
    ['under a name, with an alias’s ARN', `${stateMachineArn}:live`, 'by-hand_2'],
  ])('may be called by hand %s: all else is asked and done by the ARN it answers', async (_, arn, name) => {
    const input = '{ "flowId": "nightly", "parameters": { "a": [1, null, "ü"] }, "requestId": "r-1" }';
    const seen: unknown[] = [];
    const start = (event: object) => {
      seen.push(event);
      return { next: 'WAIT', waitSeconds: 3_600 };
    };
    const { client, executions } = await machine({ handlers: { start } });
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: arn, name, input }));
    expect(executionArn).toMatch(name === undefined ? /:errand:[0-9a-f-]{36}$/ : new RegExp(`:errand:${name}$`));
    await expect.poll(() => seen).toEqual([JSON.parse(input)]);
    const running = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(running).toMatchObject({ status: 'RUNNING', input, name: executionArn?.split(':').at(-1) });
    for (const listed of [stateMachineArn, `${stateMachineArn}:live`]) {
      const { executions: found } = await client.send(new ListExecutionsCommand({ stateMachineArn: listed }));
      expect(found).toMatchObject([{ executionArn, status: 'RUNNING' }]);
    }
    await client.send(new StopExecutionCommand({ executionArn }));
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
    expect([events?.[0]?.type, events?.at(-1)?.type]).toEqual(['ExecutionStarted', 'ExecutionAborted']);
    expect(events?.[0]?.executionStartedEventDetails?.input).toBe(input);
    expect(executions.countRunning()).toBe(0);
  });

  it('refuses who does not know the key of this instance', async () => {
    const { url } = await machine({});
    const stranger = new SFNClient({
      ...CLIENT,
      endpoint: url,
      credentials: { accessKeyId: CLIENT.credentials.accessKeyId, secretAccessKey: 'guessed' },
    });
    await expect(stranger.send(new ListExecutionsCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    const reply = await fetch(url, { method: 'POST', headers: { 'x-amz-target': 'AWSStepFunctions.ListExecutions' } });
    expect([reply.status, await reply.json()]).toMatchObject([400, { __type: 'MissingAuthenticationTokenException' }]);
  });
});

describe('DescribeExecution', () => {
  it('tells of input, output and status', async () => {
    const { start, client, executions } = await machine({ handlers: SUCCEEDING });
    const { executionArn } = await start('a', '{"runId":  "1"}');
    await untilIdle(executions);
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({
      name: 'a',
      status: 'SUCCEEDED',
      input: '{"runId":  "1"}',
      output: '{"next":"SUCCEEDED"}',
      stateMachineArn,
    });
    expect(described.stopDate).toBeInstanceOf(Date);
  });

  it('says of an unknown execution that there is none', async () => {
    const { client } = await machine({});
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:errand:nobody';
    const none = { name: 'ExecutionDoesNotExist' };
    await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject(none);
    await expect(client.send(new StopExecutionCommand({ executionArn }))).rejects.toMatchObject(none);
    await expect(client.send(new GetExecutionHistoryCommand({ executionArn }))).rejects.toMatchObject(none);
    const nonsense = client.send(new DescribeExecutionCommand({ executionArn: 'nobody' }));
    await expect(nonsense).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

describe('StopExecution', () => {
  it('ends a waiting execution at once, as aborted, and reports it to the rule for stopped executions', async () => {
    const stopped: string[] = [];
    const { start, client, executions } = await machine({
      handlers: WAITING,
      onFailed: (name, status) => stopped.push(`${name} ${status}`),
    });
    const { executionArn } = await start('a');
    const { stopDate } = await client.send(
      new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }),
    );
    expect(stopDate).toBeInstanceOf(Date);
    expect(executions.countRunning()).toBe(0);
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
    expect(stopped).toEqual(['a ABORTED']);
  });

  it('does not hear what a task brings afterwards', async () => {
    const task = Promise.withResolvers<object>();
    const { start, client, executions } = await machine({ handlers: { start: () => task.promise as never } });
    const { executionArn } = await start('a');
    await client.send(new StopExecutionCommand({ executionArn }));
    task.resolve({ next: 'SUCCEEDED' });
    await untilIdle(executions);
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.at(-1)?.type).toBe('ExecutionAborted');
  });

  it('leaves an execution that has ended as it ended', async () => {
    const { start, client, executions } = await machine({ handlers: SUCCEEDING });
    const { executionArn } = await start('a');
    await untilIdle(executions);
    await client.send(new StopExecutionCommand({ executionArn }));
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
  });
});

describe('ListExecutions', () => {
  it('lists newest first, by status, in pages', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const clock = { now: () => nowMs++, after: () => () => {} };
    const { start, client } = await machine({ handlers: WAITING, clock });
    for (const name of ['a', 'b', 'c', 'd']) await start(name);
    const stopped = await start('e');
    await client.send(new StopExecutionCommand({ executionArn: stopped.executionArn }));

    const list = (input: object) => client.send(new ListExecutionsCommand({ stateMachineArn, ...input }));
    const first = await list({ statusFilter: 'RUNNING', maxResults: 3 });
    expect(first.executions?.map(({ name }) => name)).toEqual(['d', 'c', 'b']);
    const second = await list({ statusFilter: 'RUNNING', maxResults: 3, nextToken: first.nextToken });
    expect(second.executions?.map(({ name }) => name)).toEqual(['a']);
    expect(second.nextToken).toBeUndefined();
    expect((await list({ statusFilter: 'ABORTED' })).executions?.map(({ name }) => name)).toEqual(['e']);
    expect((await list({})).executions).toHaveLength(5);
    await expect(list({ nextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});
