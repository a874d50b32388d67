import { onTestFinished } from 'vitest';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { smartFlows } from '../../lib/providers/smart-flows.ts';
import { type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform, SMART_FLOWS, type SmartFlowsOptions } from '../../lib/simulators/smart-flows.ts';
import { openSession } from './session.ts';

export const API_KEY = 'sf-key-for-tests';
export const BEGIN = Date.UTC(2026, 0, 5, 9);

interface SessionChanges {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly credentials?: unknown;
}

export interface SmartFlowsWorld {
  readonly simulator: Simulator;
  /** The platform's clock. */
  now(): number;
  /** Moves it. */
  advance(ms: number): void;
  open(changes?: SessionChanges): ProviderSession;
}

/** A simulated project on a real socket with a clock of the test's own. */
export async function openWorld(options: Partial<SmartFlowsOptions> = {}): Promise<SmartFlowsWorld> {
  let now = BEGIN;
  const platform = createSmartFlowsPlatform({ apiKey: API_KEY, now: () => now, ...options });
  const simulator = await serveSimulator(platform, { now: () => now });
  onTestFinished(() => simulator.close());
  return {
    simulator,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    open: ({ settings = {}, target = {}, credentials = { apiKey: API_KEY } } = {}) =>
      openSession(smartFlows, {
        baseUrl: simulator.origin,
        settings,
        target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer', ...target },
        credentials,
      }),
  };
}

export const options = { signal: new AbortController().signal };

/** A start of this flow's only attempt. */
export function startRequest(parameters: Readonly<Record<string, never>> | object = { customer: 'Jane Roe' }) {
  return {
    runId: 'run_01',
    attempt: 1,
    correlation: 'run_01-1',
    parameters: parameters as Record<string, string>,
    remainingMs: 60_000,
  };
}

/** Starts a flow and gives its handle. */
export async function begin(session: ProviderSession, parameters?: object) {
  const started = await session.start(startRequest(parameters), options);
  if (started.kind !== 'accepted') throw new Error('The start ended the run.');
  return started.handle;
}

/** One look at a run. */
export function look(session: ProviderSession, handle: Awaited<ReturnType<typeof begin>>) {
  if (session.poll === undefined) throw new Error('The provider cannot poll.');
  return session.poll(handle, options);
}
