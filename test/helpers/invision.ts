import { onTestFinished } from 'vitest';
import { invision } from '../../lib/providers/invision.ts';
import { createInvisionPlatform, INVISION_FLOWS, type InvisionOptions } from '../../lib/simulators/invision.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { openSession } from './session.ts';

export const API_KEY = '0d6b1a60-60eb-4066-8d71-171900743aaa';
export const RUN_ID = 'ad73b1ad-60eb-1066-4d61-182100943bbb';
export const FLOW = INVISION_FLOWS.forecast;
export const FLOW_PATH = `/invision/api/pub/v1/dataflows/${FLOW}`;

export interface Setup extends Partial<InvisionOptions> {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly dataFlowId?: string;
  /** The key that the client has. */
  readonly clientKey?: string;
}

/** A simulated InVision on a real socket, with a clock of its own, and a session that talks to it. */
export async function setUp({ settings = {}, dataFlowId = FLOW, clientKey = API_KEY, ...options }: Setup = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) };
  const platform = createInvisionPlatform({ apiKey: API_KEY, now: () => clock.now, ...options });
  const simulator = await serveSimulator(platform);
  onTestFinished(() => simulator.close());
  const input = { baseUrl: `${simulator.origin}/invision`, settings, target: { dataFlowId } };
  const session = openSession(invision, { ...input, credentials: { apiKey: clientKey } });
  const pass = (ms: number) => {
    clock.now += ms;
  };
  return { session, simulator, platform, pass };
}
