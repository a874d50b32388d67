import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWS } from '../../lib/contract.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type Doors, jobsOf, openDoors, type SeenRun } from './doors.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CANARY = 'Canary Wharf';

const onboarding = { connection: 'smart-flows', target: { flowId: SMART_FLOWS.onboarding, rootElement: 'Person' } };
const flows = {
  onboarding: { ...onboarding, deadline: '10d' },
  hurried: { ...onboarding, inputDeadline: '1h', deadline: '3h' },
  approval: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.approval }, deadline: '10d' },
};

let errand: VirtualErrand;
let doors: Doors;
beforeAll(async () => {
  errand = await startVirtualErrand(afterAll, { flows });
  doors = openDoors(errand);
}, 120_000);

interface Question {
  readonly kind: string;
  readonly url?: string;
  readonly answerable?: boolean;
  readonly form?: { readonly schema?: { readonly properties: Readonly<Record<string, unknown>> } };
}

async function asking(flowId: string): Promise<{ readonly id: string; readonly question: Question }> {
  const { id } = await doors.start(flowId);
  await errand.advance(2 * MINUTE);
  const { status, waitingFor } = await doors.run(id);
  expect(status).toBe('WAITING_FOR_INPUT');
  return { id, question: waitingFor as Question };
}

/** Every field that is asked for. */
function answerTo({ form }: Question, value: string): Readonly<Record<string, string>> {
  const fields = Object.keys(form?.schema?.properties ?? {});
  expect(fields).toHaveLength(2);
  return Object.fromEntries(fields.map((field) => [field, value]));
}

const jobOf = async ({ remoteId }: SeenRun) => (await jobsOf(errand.fleet['smart-flows'])).get(String(remoteId));
const told = async (id: string, count: number) => (await doors.told(id, count)).map((event) => event['detail-type']);

describe('a run that waits for a person', { timeout: 120_000 }, () => {
  it('is told of once however long it waits, and goes on at once with the answer, which nobody else gets to see', async () => {
    const { id, question } = await asking('onboarding');
    await errand.advance(24 * HOUR);
    expect(Number((await doors.run(id)).looks)).toBeLessThan(120);
    expect(await told(id, 3)).toEqual([NEWS.accepted, NEWS.started, NEWS.waiting]);

    const reply = await doors.post(`/v1/runs/${id}/input`, { values: answerTo(question, CANARY) });
    expect(reply.status).toBe(202);
    // Without any time put forward: after a day of waiting the looks are no further apart than after none.
    const run = await errand.ended(id, 20_000);
    expect(run.status).toBe('SUCCEEDED');
    const seen = await doors.run(id);
    expect(await jobOf(seen)).toMatchObject({ status: 'Success', answers: [answerTo(question, CANARY)] });
    expect(await told(id, 4)).toEqual([NEWS.accepted, NEWS.started, NEWS.waiting, NEWS.ended]);
    const shown = JSON.stringify([seen, await doors.timeline(id), doors.events(), reply.body]);
    expect(shown).not.toContain(CANARY);
  });

  it('goes on waiting when the platform refuses the answer, in the platform’s words, and takes a better one', async () => {
    const { id, question } = await asking('onboarding');
    const refused = await doors.post(`/v1/runs/${id}/input`, { values: { town: CANARY } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(refused.body.detail).toContain('A field is not in the schema');
    expect((await doors.run(id)).status).toBe('WAITING_FOR_INPUT');
    // The question is the same, so nobody is told of it again.
    await errand.advance(HOUR);
    expect(await told(id, 3)).toEqual([NEWS.accepted, NEWS.started, NEWS.waiting]);
    expect((await doors.post(`/v1/runs/${id}/input`, { values: answerTo(question, 'Vienna') })).status).toBe(202);
    expect((await errand.ended(id, 20_000)).status).toBe('SUCCEEDED');
    expect((await doors.post(`/v1/runs/${id}/input`, { values: {} })).status).toBe(409);
  });

  it('at a platform that takes no answers by API sends the caller to the page where one can be given', async () => {
    const { id, question } = await asking('approval');
    expect(question.answerable).toBe(false);
    const refused = await doors.post(`/v1/runs/${id}/input`, { values: { decision: 'yes' } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'CONFLICT', url: question.url } });
    expect(question.url?.startsWith(`${errand.fleet.bryter.origin}/`)).toBe(true);
    const page = { method: 'POST', body: new URLSearchParams({ decision: 'yes', remark: '' }) };
    expect((await fetch(String(question.url), page)).status).toBe(200);
    await errand.advance(20 * MINUTE);
    expect((await doors.run(id)).status).toBe('SUCCEEDED');
    expect(await told(id, 4)).toEqual([NEWS.accepted, NEWS.started, NEWS.waiting, NEWS.ended]);
  });

  it('goes to a human who decides when nobody answers in time, and can be taken up again where it waits', async () => {
    const { id, question } = await asking('hurried');
    await errand.advance(50 * MINUTE);
    expect((await doors.run(id)).status).toBe('WAITING_FOR_INPUT');
    await errand.advance(10 * MINUTE);
    const run = await doors.run(id);
    expect(run).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'DEADLINE_UNRESOLVED' } });
    // Nobody said that the job should stop.
    expect(await jobOf(run)).toMatchObject({ status: 'UserInput' });
    expect(await told(id, 4)).toEqual([NEWS.accepted, NEWS.started, NEWS.waiting, NEWS.fellOut]);

    const decision = { decision: 'adopt', remoteId: run.remoteId, reason: 'The person is back.' };
    expect((await doors.post(`/v1/runs/${id}/resolve`, decision)).status).toBe(200);
    await errand.advance(2 * MINUTE);
    expect((await doors.post(`/v1/runs/${id}/input`, { values: answerTo(question, 'Graz') })).status).toBe(202);
    await errand.advance(5 * MINUTE);
    expect((await doors.run(id)).status).toBe('SUCCEEDED');
    expect((await told(id, 7)).slice(4)).toEqual([NEWS.started, NEWS.waiting, NEWS.ended]);
  });
});
