import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { type Doors, jobsOf, openDoors, type SeenRun } from './doors.ts';
import { createRequests, type Requests } from './requests.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const QUEUE = 'errand-fallout';

const flows = {
  premium: {
    connection: 'bryter',
    target: { publishedModuleId: BRYTER_MODULES.calculation },
    parameters: { insuredSum: { type: 'number', apiName: 'insured_sum', required: true } },
    deadline: '1h',
  },
};

let errand: VirtualErrand;
let doors: Doors;
let requests: Requests;
beforeAll(async () => {
  errand = await startVirtualErrand(afterAll, { flows });
  doors = openDoors(errand);
  requests = createRequests(afterAll, errand.runtime.environment);
}, 120_000);

/** A start whose answer is lost: the platform has the job, or has it not, and tells nobody which. */
async function inDoubt(kind: 'reset' | 'reset-after'): Promise<SeenRun> {
  errand.fleet.bryter.faults.add({ method: 'POST', path: 'sessions', fault: { kind } });
  const { id } = await doors.start('premium', { insuredSum: 250_000 });
  await errand.advance(3 * MINUTE, { stepMs: MINUTE });
  const run = await doors.run(id);
  expect(run).toMatchObject({
    status: 'FALLOUT',
    fallout: { reason: 'AMBIGUOUS_START' },
    error: { code: 'AMBIGUOUS_START' },
  });
  return run;
}

const startsSeen = () =>
  errand.fleet.bryter.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/api/')).length;
const newestJob = async () => [...(await jobsOf(errand.fleet.bryter)).keys()].at(-1) ?? '';
const notices = async () => (await requests.drain(QUEUE)).map((body) => JSON.parse(body));

async function decide(id: string, decision: object) {
  const reply = await doors.post(`/v1/runs/${id}/resolve`, decision);
  expect(reply.status, reply.body.detail).toBe(200);
  const line = (await doors.timeline(id)).findLast(({ type }) => type === 'decision');
  // Who decided, what and why is kept.
  const { keyId } = (await (
    await fetch(new URL('/v1/keys/self', errand.runtime.apiUrl), { headers: { 'x-api-key': errand.key } })
  ).json()) as { keyId: string };
  expect(line?.data).toMatchObject({ ...decision, by: keyId, fallout: 'AMBIGUOUS_START' });
  return reply.body;
}

describe('a start whose answer was lost', { timeout: 60_000 }, () => {
  it('is not made again, and is put before a human once, with what it takes to decide', async () => {
    await notices();
    const before = startsSeen();
    const run = await inDoubt('reset-after');
    await errand.advance(10 * MINUTE, { stepMs: MINUTE });
    expect(startsSeen() - before).toBe(1);
    expect(run.fallout?.evidence).toMatchObject({
      attempt: 1,
      calledAt: expect.stringMatching(/Z$/),
      answeredBy: expect.stringMatching(/Z$/),
      correlation: expect.stringContaining(run.id),
      parameters: { insuredSum: 250_000 },
    });
    expect(await notices()).toEqual([
      expect.objectContaining({
        runId: run.id,
        flowId: 'premium',
        connection: 'bryter',
        reason: 'AMBIGUOUS_START',
        message: run.error?.message,
        endedAt: run.endedAt,
      }),
    ]);
    expect((await doors.timeline(run.id)).filter(({ type }) => type === 'published')).toHaveLength(1);
  });

  it('is followed to its end by the same run, when a person has found the job at the platform', async () => {
    const { id } = await inDoubt('reset-after');
    const before = startsSeen();
    const remoteId = await newestJob();
    await decide(id, { decision: 'adopt', remoteId, reason: 'Session found by its time.' });
    await errand.advance(5 * MINUTE);
    const run = await doors.run(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', remoteId, attempt: 1 });
    expect(run.fallout).toBeUndefined();
    expect(startsSeen()).toBe(before);
  });

  it('is not taken for a job that belongs to another run, nor for one that cannot be', async () => {
    const { id } = await inDoubt('reset-after');
    const taken = [...(await jobsOf(errand.fleet.bryter)).keys()].at(-2);
    const resolve = (remoteId: unknown) =>
      doors.post(`/v1/runs/${id}/resolve`, { decision: 'adopt', remoteId, reason: 'x' });
    expect(await resolve(taken)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('another run') },
    });
    expect((await resolve('../../sessions')).status).toBe(400);
    expect((await resolve('')).status).toBe(400);
    expect((await doors.post(`/v1/runs/${id}/resolve`, { decision: 'not-started' })).status).toBe(400);
    expect((await doors.run(id)).status).toBe('FALLOUT');
  });

  it('is made once more, as the next attempt, when a person has found that nothing had been started', async () => {
    const { id } = await inDoubt('reset');
    const before = startsSeen();
    const reopened = await decide(id, { decision: 'not-started', reason: 'No such session.' });
    expect(reopened).toMatchObject({ status: 'ACCEPTED', attempt: 2 });
    await errand.advance(5 * MINUTE);
    expect(await doors.run(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    expect(startsSeen() - before).toBe(1);
    expect(await doors.post(`/v1/runs/${id}/resolve`, { decision: 'not-started', reason: 'again' })).toMatchObject({
      status: 409,
    });
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELED'])('is closed as %s by a person, for good', async (status) => {
    const { id } = await inDoubt('reset-after');
    await decide(id, { decision: 'close', status, reason: 'Looked at by hand.' });
    await errand.advance(5 * MINUTE, { stepMs: MINUTE });
    expect((await doors.run(id)).status).toBe(status);
    expect(await doors.post(`/v1/runs/${id}/resolve`, { decision: 'close', status, reason: 'again' })).toMatchObject({
      status: 409,
    });
  });

  it('is asked for anew by a rerun, which is a run of its own with the same parameters', async () => {
    const old = await inDoubt('reset-after');
    const reply = await doors.post(`/v1/runs/${old.id}/rerun`);
    expect(reply).toMatchObject({
      status: 202,
      body: { trigger: 'rerun', rerunOf: old.id, parameters: { insuredSum: 250_000 } },
    });
    expect(reply.body.id).not.toBe(old.id);
    expect((await doors.post(`/v1/runs/${reply.body.id}/rerun`)).status).toBe(409);
    await errand.advance(5 * MINUTE);
    expect((await doors.run(reply.body.id)).status).toBe('SUCCEEDED');
    expect((await doors.run(old.id)).status).toBe('FALLOUT');
  });

  it('that falls out again after a decision is put before a human again', async () => {
    await notices();
    const { id } = await inDoubt('reset');
    errand.fleet.bryter.faults.add({ method: 'POST', path: 'sessions', fault: { kind: 'reset' } });
    await decide(id, { decision: 'not-started', reason: 'No such session.' });
    await errand.advance(5 * MINUTE, { stepMs: MINUTE });
    const told = await notices();
    expect(told.map(({ runId, reason }) => [runId, reason])).toEqual([
      [id, 'AMBIGUOUS_START'],
      [id, 'AMBIGUOUS_START'],
    ]);
    // What tells the two apart, and says which is the newer.
    expect(told[1].version).toBeGreaterThan(told[0].version);
  });
});
