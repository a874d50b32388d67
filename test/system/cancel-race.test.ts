import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import { jobsOf, openDoors } from './doors.ts';
import { startLocalErrand } from './local-errand.ts';

const SEED = 20_260_301;
const RUNS = 60;
/** The longest of the flows below has ended by then. */
const LATEST_MS = 6_000;

const FLOWS: readonly (readonly [flowId: string, parameters: Readonly<Record<string, unknown>>])[] = [
  ['write-offer', { customer: 'Acme' }],
  ['write-offer', { customer: 'Acme' }],
  ['onboard-employee', { employeeName: 'Jane Roe' }],
  ['update-forecast', {}],
];

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

it('a cancellation at any moment, asked for once or twice, leaves one truth and no job that nobody knows of', {
  timeout: 120_000,
}, async () => {
  const errand = await startLocalErrand(onTestFinished);
  const doors = openDoors(errand);
  const random = createRandom(SEED);
  const { 'smart-flows': smartFlows, bryter, invision } = errand.fleet;
  // A third right after the start, where most can go wrong; every other start is slow to be answered.
  const plan = Array.from({ length: RUNS }, (_, index) => ({
    flow: FLOWS[index % FLOWS.length] ?? ['', {}],
    afterMs: random() * (index % 3 === 0 ? 400 : LATEST_MS),
    times: random() < 0.3 ? 2 : 1,
  }));
  for (const { faults } of [smartFlows, bryter, invision])
    for (let rule = 0; rule < RUNS / 2; rule += 1)
      faults.add({ method: 'POST', skip: 1, fault: { kind: 'delay', ms: Math.round(random() * 300) } });

  const outcomes = await Promise.all(
    plan.map(async ({ flow: [flowId, parameters], afterMs, times }) => {
      const { id } = await doors.start(flowId, parameters);
      await sleep(afterMs);
      const replies = await Promise.all(Array.from({ length: times }, () => doors.post(`/v1/runs/${id}/cancel`)));
      return { id, afterMs, codes: replies.map(({ status }) => status) };
    }),
  );

  await Promise.all(outcomes.map(({ id }) => errand.ended(id, 60_000)));
  const jobs = new Map((await Promise.all([smartFlows, bryter, invision].map(jobsOf))).flatMap((some) => [...some]));
  const known = new Set<string>();
  for (const { id, afterMs, codes } of outcomes) {
    const run = await doors.run(id);
    const timeline = await doors.timeline(id);
    const where = `seed ${SEED}, ${run.flowId} canceled after ${Math.round(afterMs)} ms: ${codes}, ${run.status}`;
    expect(
      codes.every((code) => code === 202 || code === 409),
      where,
    ).toBe(true);
    expect(['CANCELED', 'SUCCEEDED'], where).toContain(run.status);
    // It ended once, and stays as it ended.
    const ends = timeline.filter(({ status }, at) => isEnd(status) && !isEnd(timeline[at - 1]?.status));
    expect(
      ends.map(({ status }) => status),
      where,
    ).toEqual([run.status]);
    // Told by all that it was too late, the caller finds the job's own end; else that it was canceled, or just faster.
    if (codes.every((code) => code === 409)) expect([run.status, run.cancel], where).toEqual(['SUCCEEDED', undefined]);
    else expect(run.cancel, where).toBeDefined();
    if (run.remoteId === undefined) expect(run.status, where).toBe('CANCELED');
    else known.add(run.remoteId);
    // No job goes on behind the back of who canceled it: it has stopped, or the run says that nobody can stop it.
    if (run.status !== 'CANCELED' || run.remoteId === undefined) continue;
    expect(run.cancel?.remote, where).toBe(run.provider === 'smart-flows' ? 'confirmed' : 'unsupported');
    if (run.provider === 'smart-flows') expect(jobs.get(run.remoteId), where).toMatchObject({ status: 'Canceled' });
  }
  expect([...jobs.keys()].filter((id) => !known.has(id))).toEqual([]);
  // Something of everything, or the moments were badly chosen.
  const all = outcomes.flatMap(({ codes }) => codes);
  expect(new Set(all)).toEqual(new Set([202, 409]));
});

const isEnd = (status: string | undefined) => status !== undefined && isTerminal(status as Status);
