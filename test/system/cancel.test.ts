import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { Fault } from '../../lib/simulators/faults.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type Doors, jobsOf, openDoors, until } from './doors.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;

const yearImport = { ...PHIXFLOW_TARGETS.importOrders, endpoint: 'Year Import' };
const platforms = {
  phixflow: {
    endpoints: [
      {
        application: 'Orders',
        name: 'Year Import',
        description: 'Takes an hour',
        mode: 'async',
        durationMs: 60 * MINUTE,
        answer: () => ({ body: { success: true } }),
      },
    ],
  },
} as const;

const robot = { connection: 'assist-edge', target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' } };
const flows = {
  'smart-flows': { connection: 'smart-flows', target: { flowId: SMART_FLOWS.nightly, rootElement: 'Job' } },
  bryter: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.assessment } },
  phixflow: { connection: 'phixflow', target: yearImport },
  invision: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.consolidation } },
  'assist-edge': { ...robot, parameters: { folder: { type: 'text', required: true } } },
  'assist-edge-sync': {
    ...robot,
    target: { ...robot.target, isSync: true },
    parameters: { folder: { type: 'text', required: true } },
  },
};

let errand: VirtualErrand;
let doors: Doors;
beforeAll(async () => {
  errand = await startVirtualErrand(afterAll, { platforms, flows });
  doors = openDoors(errand);
}, 120_000);

const ALIVE = ['QUEUED', 'RUNNING'];

async function running(flowId: string): Promise<string> {
  const { id } = await doors.start(flowId);
  await until(async () => ALIVE.includes((await doors.run(id)).status));
  await errand.runtime.idle();
  return id;
}

async function canceled(id: string) {
  const reply = await doors.post(`/v1/runs/${id}/cancel`);
  expect(reply.status).toBe(202);
  return errand.ended(id, 20_000).then(({ id }) => doors.run(id));
}

const stateAt = async (platform: 'smart-flows', id: unknown) => (await jobsOf(errand.fleet[platform])).get(String(id));

describe('a canceled run', { timeout: 60_000 }, () => {
  it('says that its platform confirmed where it did, and the job has stopped there', async () => {
    const run = await canceled(await running('smart-flows'));
    expect(run).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' }, error: { code: 'CANCELED' } });
    expect(await stateAt('smart-flows', run.remoteId)).toMatchObject({ status: 'Canceled' });
  });

  it.each<[string, Fault]>([
    ['breaks', { kind: 'reply', status: 500, body: '', headers: {} }],
    ['forbids it', { kind: 'reply', status: 403, body: '', headers: {} }],
    ['hangs up', { kind: 'reset' }],
    ['says yes to something else', { kind: 'reply', status: 200, body: '{"status":"Running"}', headers: {} }],
  ])('does not claim that its job has stopped when the platform %s', async (_what, fault) => {
    const id = await running('smart-flows');
    errand.fleet['smart-flows'].faults.add({ method: 'DELETE', times: 2, fault });
    const run = await canceled(id);
    errand.fleet['smart-flows'].faults.clear();
    expect(run).toMatchObject({ status: 'CANCELED', cancel: { remote: 'unconfirmed' } });
    expect(run.error?.message).toContain('did not confirm');
    expect(await stateAt('smart-flows', run.remoteId)).toMatchObject({ status: 'Queued' });
  });

  it.each(['bryter', 'phixflow', 'invision'])(
    'says that %s cannot stop anything, and that the job may go on',
    async (flowId) => {
      const run = await canceled(await running(flowId));
      expect(run).toMatchObject({ status: 'CANCELED', cancel: { remote: 'unsupported' } });
      expect(run.error?.message).toContain('may still be running');
      expect(run.remoteId).toBeDefined();
    },
  );

  it('keeps what its platform reports afterwards, and stays canceled', async () => {
    const id = await running('smart-flows');
    const { faults } = errand.fleet['smart-flows'];
    const answer = (status: string) => ({ kind: 'reply', status: 200, body: JSON.stringify({ status }) }) as const;
    // It says that it has stopped, and had just finished.
    faults.add({ method: 'DELETE', fault: answer('Canceled') });
    faults.add({ method: 'GET', path: '/progress', skip: 1, fault: answer('Success') });
    const run = await canceled(id);
    faults.clear();
    expect(run).toMatchObject({
      status: 'CANCELED',
      cancel: { remote: 'confirmed' },
      lateVerdict: { status: 'SUCCEEDED', remoteStatus: 'Success' },
    });
    expect(run.error?.message).toContain('SUCCEEDED all the same');
    await errand.advance(30 * MINUTE);
    expect(await doors.run(id)).toEqual(run);
  });

  it('is as it ended when it was asked for too late, and the caller is told', async () => {
    const { id } = await doors
      .post('/v1/flows/assist-edge/runs', { parameters: { folder: 'a' } })
      .then(({ body }) => body);
    expect((await errand.ended(id, 20_000)).status).toBe('HANDED_OFF');
    const reply = await doors.post(`/v1/runs/${id}/cancel`);
    expect(reply).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(reply.body.detail).toContain('HANDED_OFF');
    const run = await doors.run(id);
    expect(run.status).toBe('HANDED_OFF');
    expect(run.cancel).toBeUndefined();
  });

  it('whose platform answers the start with the end has that end: the job was faster', async () => {
    const { id } = await doors.start('assist-edge-sync', { folder: 'b' });
    await until(async () => (await doors.run(id)).status === 'STARTING');
    const reply = await doors.post(`/v1/runs/${id}/cancel`);
    // Nothing is said while the start is in doubt.
    expect(reply).toMatchObject({ status: 202, body: { status: 'STARTING' } });
    const run = await errand.ended(id, 20_000);
    expect(run.status).toBe('SUCCEEDED');
    expect((await doors.run(id)).cancel?.remote).toBeUndefined();
  });
});
