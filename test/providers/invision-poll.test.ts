import { describe, expect, it } from 'vitest';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { lookAt, startAccepted } from '../helpers/calls.ts';
import { FLOW, FLOW_PATH, RUN_ID, setUp } from '../helpers/invision.ts';

const HANDLE = { dataFlowId: FLOW, remoteId: RUN_ID };

describe('invision poll', () => {
  const WORDS = [
    { status: 'Pending', seen: { kind: 'going', status: 'QUEUED' } },
    { status: 'Running', seen: { kind: 'going', status: 'RUNNING' } },
    { status: 'Succeeded', seen: { kind: 'ended', verdict: { status: 'SUCCEEDED' } } },
    { status: 'Failed', seen: { kind: 'ended', verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED' } } } },
    { status: 'succeeded ', seen: { kind: 'ended', verdict: { status: 'SUCCEEDED' } } },
    { status: 'Stopped', seen: { kind: 'going', status: 'RUNNING', unknownWord: true } },
    { status: 'toString', seen: { kind: 'going', status: 'RUNNING', unknownWord: true } },
  ];
  it.each(WORDS)('reads $status and keeps the word', async ({ status, seen }) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: JSON.stringify({ runId: RUN_ID, status }) } });
    const result = await lookAt(session, HANDLE);
    expect(result).toMatchObject(seen);
    expect(result.kind === 'ended' ? result.verdict.remoteStatus : result.remoteStatus).toBe(status);
  });

  it('follows a run to its end', async () => {
    const { session, simulator, pass } = await setUp();
    const { handle, remoteId } = await startAccepted(session);
    pass(600);
    expect(await lookAt(session, handle)).toEqual({ kind: 'going', status: 'RUNNING', remoteStatus: 'Running' });
    pass(1_500);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests.at(-1)).toMatchObject({ method: 'GET', path: `${FLOW_PATH}/runs/${remoteId}/status` });
  });

  it('keeps reading a throttled run as queued, however long it pends', async () => {
    const { session, pass } = await setUp({ dataFlowId: INVISION_FLOWS.throttled });
    const { handle } = await startAccepted(session);
    pass(19_000);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'QUEUED' });
    pass(3_000);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'ended' });
  });

  it('leaves it to the deadline to give up a run that never ends', async () => {
    const { session, pass } = await setUp({ dataFlowId: INVISION_FLOWS.stuck });
    const { handle } = await startAccepted(session);
    pass(30 * 86_400_000);
    expect(await lookAt(session, handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
  });

  it("does not believe another run's answer", async () => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: '{"runId":"ffff","status":"Succeeded"}' } });
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it.each([RUN_ID.toUpperCase(), null])('believes an answer that names the run as %j', async (runId) => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: JSON.stringify({ runId, status: 'Failed' }) } });
    expect(await lookAt(session, HANDLE)).toMatchObject({ kind: 'ended' });
  });

  const FAILURES = [
    {
      title: 'a bad key as 500',
      options: { clientKey: 'wrong' },
      error: { name: 'ReplyLostError', authSuspect: true },
    },
    { title: 'an unknown run as 500', options: {}, error: { name: 'ReplyLostError', authSuspect: true } },
    {
      title: 'a bad key as 401',
      options: { clientKey: 'wrong', badKeyStatus: 401 },
      error: { name: 'ProviderUnauthorizedError' },
    },
    {
      title: 'a bad key as 403',
      options: { clientKey: 'wrong', badKeyStatus: 403 },
      error: { name: 'ProviderUnauthorizedError' },
    },
    { title: 'an unknown run as 404', options: { unknownRunStatus: 404 }, error: { name: 'RemoteNotFoundError' } },
  ] as const;
  it.each(FAILURES)('reads $title as $error.name', async ({ options, error }) => {
    const { session } = await setUp(options);
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject(error);
  });

  it('suspects the key behind a 500 only: a gateway does not check keys', async () => {
    const { session, simulator } = await setUp();
    simulator.faults.add({ fault: { kind: 'reply', status: 502 } });
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ReplyLostError', authSuspect: false });
  });

  it.each(['<html>login</html>', '', 'null', '[]', '"Succeeded"', '{"runId":"x"}', '{"runId":"x","status":7}'])(
    'takes no verdict from a 200 that is not a run object (%j)',
    async (body) => {
      const { session, simulator } = await setUp();
      simulator.faults.add({ fault: { kind: 'reply', status: 200, body } });
      const name = expect.stringMatching(/^(ReplyLostError|ProviderProtocolError)$/);
      await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name });
    },
  );

  it('looks at a run that a human adopted by its id alone', async () => {
    const { session } = await setUp();
    const { remoteId } = await startAccepted(session);
    expect(await lookAt(session, remoteId)).toMatchObject({ kind: 'going' });
    expect(await lookAt(session, { remoteId })).toMatchObject({ kind: 'going' });
    await expect(lookAt(session, '..')).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it('ends when the answer takes longer than the connection allows', async () => {
    const { session, simulator } = await setUp({ settings: { requestTimeout: '150ms' } });
    simulator.faults.add({ fault: { kind: 'hang' } });
    await expect(lookAt(session, HANDLE)).rejects.toMatchObject({ name: 'ReplyLostError' });
  }, 3_000);
});
