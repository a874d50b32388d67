/** Runs under way for the pictures of the console, one of each kind. */
import type { Status } from '../../lib/domain/status.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { PlatformOptions } from '../../lib/simulators/fleet.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import type { VirtualErrand } from '../system/virtual-errand.ts';

/** Ids by what is to be seen. */
export interface RunsOfPictures {
  readonly going: string;
  readonly finished: string;
  readonly waiting: string;
  readonly fallout: string;
}

/** As long as the runs before them took. */
const MS: Readonly<Record<string, number>> = {
  [BRYTER_MODULES.onboarding]: 96_000,
  [INVISION_FLOWS.forecast]: 720_000,
};
const FIRST_OFFER_MS = 300_000;
/** Any other is still being written when all pictures have been taken. */
const OFFER_MS = 600_000;

function durationMs(flow: string, nth: number): number | undefined {
  if (flow !== SMART_FLOWS.offer) return MS[flow];
  return nth === 0 ? FIRST_OFFER_MS : OFFER_MS;
}

export const durations: PlatformOptions = {
  bryter: { durationMs },
  'smart-flows': { durationMs },
  invision: { durationMs },
};

const STEP = { stepMs: 10_000 } as const;

/** Starts them and lets time pass until each is where it is to be seen. */
export async function beginRuns(errand: VirtualErrand): Promise<RunsOfPictures> {
  const { fleet, advance } = errand;
  const finished = await start(errand, 'write-offer', { customer: 'Borealis', total: 4_810 }, 'OFFER-10688');
  await advance(330_000, STEP);
  const lost = { method: 'POST', path: BRYTER_MODULES.calculation, fault: { kind: 'reset-after' } } as const;
  fleet.bryter.faults.add({ skip: 0, times: 1, ...lost });
  const fallout = await start(errand, 'calculate-premium', { insuredSum: 250_000 }, 'POLICY-10691');
  const waiting = await start(errand, 'welcome-letter', { name: 'Nora Lind' });
  await start(errand, 'import-actuals', {});
  await start(errand, 'update-forecast', {});
  await advance(100_000, STEP);
  const going = await start(errand, 'write-offer', { customer: 'Acme & Sons', total: 1_250.5 }, 'OFFER-10692');
  await advance(238_000, STEP);
  const person = { employeeName: 'Jane Roe', email: 'jane.roe@example.com', startDate: '2026-12-01' };
  await start(errand, 'onboard-employee', person, 'EMP-10693');
  await advance(52_000, STEP);
  await post(errand, '/v1/connections/assist-edge/pause', { reason: 'The robots get new licences until Monday.' });
  await Promise.all([
    expectStatus(errand, finished, 'SUCCEEDED'),
    expectStatus(errand, fallout, 'FALLOUT'),
    expectStatus(errand, waiting, 'WAITING_FOR_INPUT'),
    expectStatus(errand, going, 'RUNNING'),
  ]);
  return { going, finished, waiting, fallout };
}

async function start(
  errand: VirtualErrand,
  flowId: string,
  parameters: Readonly<Record<string, unknown>>,
  businessKey?: string,
): Promise<string> {
  const body = { parameters, ...(businessKey && { businessKey }) };
  const { id } = (await post(errand, `/v1/flows/${flowId}/runs`, body)) as { readonly id: string };
  return id;
}

async function post({ runtime, key }: VirtualErrand, path: string, body: object): Promise<unknown> {
  const reply = await fetch(`${runtime.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (reply.ok) return reply.json();
  throw new Error(`${path} answers ${reply.status}: ${await reply.text()}`);
}

async function expectStatus({ api }: VirtualErrand, id: string, expected: Status): Promise<void> {
  const { status, flowId } = await api.run(id);
  if (status === expected) return;
  throw new Error(`${flowId} is ${status}; for the picture it has to be ${expected}.`);
}
