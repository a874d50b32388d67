import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NEWS } from '../../lib/contract.ts';
import type { ProviderId } from '../../lib/domain/config.ts';
import { verifyEvent } from '../../lib/domain/event-signature.ts';
import type { BusEvent } from '../../lib/local/event-log.ts';
import { loadConfig } from '../../lib/providers/config.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type Doors, jobsOf, openDoors } from './doors.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const { accepted, started, waiting, ended, fellOut } = NEWS;
const CANARY = 'canary-4711';

interface Case {
  readonly what: string;
  readonly flowId: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly fault?: FaultRule & { readonly provider: ProviderId };
  /** What a person does once everything has come to rest. */
  readonly act?: (doors: Doors, id: string) => Promise<unknown>;
  readonly told: readonly string[];
  readonly status: string;
}

const lost = (provider: ProviderId, path: string) =>
  ({ provider, method: 'POST', path, fault: { kind: 'reset-after' } }) as const;
const busy = { kind: 'reply', status: 429, headers: { 'retry-after': '7200' } } as const;
const premium = { flowId: 'calculate-premium', parameters: { insuredSum: 1 } };

let errand: VirtualErrand;
const resolve = (decision: object) => (doors: Doors, id: string) =>
  doors.post(`/v1/runs/${id}/resolve`, { reason: 'Looked up.', ...decision });
const adopt: Case['act'] = async (doors, id) =>
  resolve({
    decision: 'adopt',
    remoteId: [...(await jobsOf(errand.fleet.bryter))].findLast(
      ([, job]) => job.moduleId === BRYTER_MODULES.calculation,
    )?.[0],
  })(doors, id);
const cancel: Case['act'] = (doors, id) => doors.post(`/v1/runs/${id}/cancel`);

const CASES: readonly Case[] = [
  {
    what: 'succeeds',
    flowId: 'onboard-employee',
    parameters: { employeeName: CANARY, email: `${CANARY}@example.com` },
    told: [accepted, started, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'brings files back',
    flowId: 'write-offer',
    parameters: { customer: CANARY },
    told: [accepted, started, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'ends with a warning',
    flowId: 'send-newsletter',
    parameters: { subject: CANARY },
    told: [accepted, started, ended],
    status: 'SUCCEEDED_WITH_WARNINGS',
  },
  {
    what: 'ends within its start',
    flowId: 'create-order',
    parameters: { customer: CANARY },
    told: [accepted, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'is handed over',
    flowId: 'archive-documents',
    parameters: { folder: CANARY },
    // It was never ours to watch.
    told: [accepted, ended],
    status: 'HANDED_OFF',
  },
  { what: 'fails', flowId: 'import-actuals', told: [accepted, started, ended], status: 'FAILED' },
  { what: 'fails twice', flowId: 'twice', told: [accepted, started, started, ended], status: 'FAILED' },
  {
    what: 'takes a secret',
    flowId: 'post-invoice',
    parameters: { invoiceNumber: '1', erpPassword: CANARY },
    told: [accepted, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'is looked at in vain',
    flowId: 'nightly-load',
    fault: { provider: 'invision', method: 'GET', path: 'Nightly', times: 3, fault: { kind: 'reply', status: 502 } },
    told: [accepted, started, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'is found in a list',
    flowId: 'compile-dossier',
    fault: lost('smart-flows', SMART_FLOWS.dossier),
    told: [accepted, started, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'is canceled before it began',
    flowId: 'import-orders',
    fault: { provider: 'phixflow', path: 'Import', fault: busy },
    act: cancel,
    told: [accepted, ended],
    status: 'CANCELED',
  },
  {
    what: 'is canceled while it waits',
    flowId: 'approve-contract',
    act: cancel,
    told: [accepted, started, waiting, ended],
    status: 'CANCELED',
  },
  {
    what: 'is in doubt, and closed',
    ...premium,
    fault: lost('bryter', BRYTER_MODULES.calculation),
    act: resolve({ decision: 'close', status: 'FAILED' }),
    told: [accepted, fellOut, ended],
    status: 'FAILED',
  },
  {
    what: 'is in doubt, and adopted',
    ...premium,
    fault: lost('bryter', BRYTER_MODULES.calculation),
    act: adopt,
    told: [accepted, fellOut, started, ended],
    status: 'SUCCEEDED',
  },
  {
    what: 'is in doubt',
    ...premium,
    fault: lost('bryter', BRYTER_MODULES.calculation),
    told: [accepted, fellOut],
    status: 'FALLOUT',
  },
];

describe('what the world outside is told', () => {
  const ids = new Map<Case, string>();
  let doors: Doors;
  let events: readonly BusEvent[];

  beforeAll(async () => {
    const { input } = await loadConfig('errand.config.ts');
    const twice = {
      connection: 'invision',
      target: { dataFlowId: INVISION_FLOWS.brokenImport },
      retry: { maxAttempts: 2 },
    };
    errand = await startVirtualErrand(afterAll, { flows: { ...input.flows, twice } });
    doors = openDoors(errand);
    for (const one of CASES) {
      if (one.fault !== undefined) {
        const { provider, ...rule } = one.fault;
        errand.fleet[provider].faults.add(rule);
      }
      ids.set(one, (await doors.start(one.flowId, one.parameters)).id);
      // The next case's faults are not for this one.
      await errand.runtime.idle();
    }
    await errand.advance(5 * MINUTE, { stepMs: MINUTE });
    for (const [{ act }, id] of ids) await act?.(doors, id);
    await errand.advance(5 * MINUTE, { stepMs: MINUTE });
    await Promise.all([...ids].map(([{ told }, id]) => doors.told(id, told.length)));
    events = doors.events();
  }, 120_000);

  const of = (id: unknown) => events.filter(({ detail }) => detail.runId === id);

  it.each(CASES)('is each step of a run that $what, and nothing else', async (one) => {
    const told = of(ids.get(one));
    expect(told.map((event) => event['detail-type'])).toEqual(one.told);
    expect(told.at(-1)?.detail.status).toBe(one.status);
    expect((await doors.run(String(ids.get(one)))).status).toBe(one.status);
    const versions = told.map(({ detail }) => Number(detail.version));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('has an id of its own each time, and no run is told of that nobody asked for', () => {
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.every(({ id, detail }) => id === detail.eventId && id === `${detail.runId}-${detail.version}`)).toBe(
      true,
    );
    expect(new Set(events.map(({ detail }) => detail.runId))).toEqual(new Set(ids.values()));
  });

  it('is signed with the key of the data directory, at its time', () => {
    const text = readFileSync(join(errand.dataDir, 'event-key'), 'utf8');
    const { eventKey } = z.object({ eventKey: z.string() }).parse(JSON.parse(text));
    for (const { detail } of events) {
      const toldAtMs = Date.parse(String(detail.occurredAt));
      expect(verifyEvent(eventKey, detail, toldAtMs), String(detail.eventId)).toBe(true);
      expect(verifyEvent(eventKey, { ...detail, status: 'SUCCEEDED!' }, toldAtMs)).toBe(false);
      expect(verifyEvent(eventKey, detail, toldAtMs + 10 * MINUTE)).toBe(false);
      expect(verifyEvent(`${eventKey}x`, detail, toldAtMs)).toBe(false);
    }
  });

  it('holds no parameter, no secret and no key, though the runs had them', () => {
    const text = readFileSync(join(errand.dataDir, 'events.ndjson'), 'utf8');
    const values = Object.values(SAMPLE_SECRETS).flatMap((fields) => Object.values(fields).map(String));
    const secrets = [CANARY, errand.key, ...values.filter((value) => value !== 'svc-errand')];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    const sent = Object.values(errand.fleet).flatMap((platform) => ('requests' in platform ? platform.requests : []));
    expect(sent.filter(({ body }) => body.includes(CANARY)).length).toBeGreaterThan(3);
  });
});
