import { describe, expect, it } from 'vitest';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { call, startAccepted, startRequest } from '../helpers/calls.ts';
import { RUN_ID, setUp } from '../helpers/invision.ts';

/** Resolves when the platform has taken so many starts. */
async function taken(platform: { jobs(): readonly unknown[] }, count: number): Promise<void> {
  await expect.poll(() => platform.jobs().length).toBe(count);
}

describe('invision await', () => {
  it('never asks the platform to hold the reply by itself, because data flows take hours', async () => {
    const { session, simulator } = await setUp();
    await startAccepted(session);
    expect(simulator.requests[0]?.path).not.toContain('await');
    expect(session.startTimeoutMs).toBeUndefined();
  });

  it.each([
    { dataFlowId: INVISION_FLOWS.forecast, status: 'SUCCEEDED' },
    { dataFlowId: INVISION_FLOWS.brokenImport, status: 'FAILED' },
  ])('ends with the start call where the connection says so: $status', async ({ dataFlowId, status }) => {
    const { session, simulator, platform, pass } = await setUp({
      dataFlowId,
      settings: { await: true, awaitTimeout: '1m' },
    });
    expect(session.startTimeoutMs).toBe(60_000);
    const start = session.start(startRequest(), call);
    await taken(platform, 1);
    pass(10_000);
    expect(await start).toMatchObject({ kind: 'ended', verdict: { status } });
    expect(simulator.requests[0]?.path).toMatch(/\/start\?await=true$/);
  });

  it('loses a long run whose connection is cut: the run id was in the reply, so the start stays in doubt', async () => {
    const dataFlowId = INVISION_FLOWS.consolidation;
    const { session, platform, pass } = await setUp({ dataFlowId, settings: { await: true }, awaitCutAfterMs: 60_000 });
    const start = expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ReplyLostError' });
    await taken(platform, 1);
    pass(60_000);
    await start;
    expect(platform.jobs()).toHaveLength(1);
  });

  it('gives up after its own time, in doubt as well', async () => {
    const dataFlowId = INVISION_FLOWS.stuck;
    const { session } = await setUp({ dataFlowId, settings: { await: true, awaitTimeout: '200ms' } });
    await expect(session.start(startRequest(), call)).rejects.toMatchObject({ name: 'ReplyLostError' });
  }, 3_000);

  it('waits longer than for a plain request, which must not hold for hours', async () => {
    const settings = { await: true, requestTimeout: '50ms' };
    const { session, simulator, platform, pass } = await setUp({ settings });
    simulator.faults.add({ fault: { kind: 'delay', ms: 300 } });
    const start = session.start(startRequest(), call);
    await taken(platform, 1);
    pass(10_000);
    expect(await start).toMatchObject({ kind: 'ended' });
  });

  it('goes on looking when the platform answers before the end all the same', async () => {
    const { session, simulator } = await setUp({ settings: { await: true } });
    simulator.faults.add({ fault: { kind: 'reply', status: 200, body: `{"runId":"${RUN_ID}","status":"Running"}` } });
    expect(await session.start(startRequest(), call)).toMatchObject({
      kind: 'accepted',
      remoteId: RUN_ID,
      status: 'RUNNING',
    });
  });
});
