/** A simulated AssistEdge and sessions with it. */
import { onTestFinished } from 'vitest';
import { assistEdge } from '../../lib/providers/assist-edge.ts';
import type { StartRequest } from '../../lib/providers/provider.ts';
import type { AssistEdgeProcess } from '../../lib/simulators/assist-edge/processes.ts';
import { type AssistEdgeOptions, createAssistEdgePlatform } from '../../lib/simulators/assist-edge.ts';
import { type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import { openSession } from './session.ts';

export const credentials = { username: 'svc-errand', password: 'login-pass-91' };
export const PIN = 'plain "pin" 4711';

export const RESULT = { Status: 'posted', IsError: 'False', ErrorDescription: '' };
const outputs = [
  { AppName: 'ERP', CviewDictionary: {} },
  { AppName: 'Mail', CviewDictionary: { Sent: 'True' } },
  { AppName: 'Microbot : ResultPayload', CviewDictionary: RESULT },
];
const quick: AssistEdgeProcess = { profiles: ['Bot'], durationMs: 5, outputs };
const failing = (layer: 1 | 2 | 3 | 4): AssistEdgeProcess => ({
  ...quick,
  failure: { layer, code: `BsnErr20${layer}`, message: `layer ${layer} says no` },
});
const scenarios: Readonly<Record<string, AssistEdgeProcess>> = {
  Post: { ...quick, protectedInputs: ['pin'] },
  Slow: { ...quick, durationMs: 400 },
  Flaky: { ...quick, failure: { layer: 2, code: 'BsnErr205', message: 'try again', attempts: 1 } },
  Layer1: failing(1),
  Layer2: failing(2),
  Layer3: failing(3),
  Layer4: failing(4),
};

export async function platform(options: Partial<AssistEdgeOptions> = {}): Promise<Simulator> {
  const simulator = await serveSimulator(createAssistEdgePlatform({ ...credentials, scenarios, ...options }));
  onTestFinished(() => simulator.close());
  return simulator;
}

interface Opening {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly credentials?: unknown;
}

export function open({ origin }: Simulator, { settings = {}, target = {}, ...rest }: Opening = {}) {
  const whole = { processName: 'Post', profileName: 'Bot', ...target };
  return openSession(assistEdge, { baseUrl: origin, settings, target: whole, credentials, ...rest });
}

/** A flow that waits for the robot. */
export const sync = (target: Readonly<Record<string, unknown>> = {}): Opening => ({
  target: { isSync: true, ...target },
});

export function request(overrides: Partial<StartRequest> = {}): StartRequest {
  const parameters = { invoiceNo: 'INV-77', pin: PIN };
  return { runId: 'run_1', attempt: 1, correlation: 'run_1-a1', parameters, remainingMs: 60_000, ...overrides };
}

export const options = () => ({ signal: AbortSignal.timeout(10_000) });

export const submits = (simulator: Simulator) => simulator.requests.filter(({ path }) => !/token$/i.test(path));
export const logins = (simulator: Simulator) => simulator.requests.filter(({ path }) => /token$/i.test(path));
/** Body of the latest submit. */
export const sent = (simulator: Simulator) => JSON.parse(submits(simulator).at(-1)?.body ?? '');

/** Makes the next submit answer with exactly this. */
export function answer(simulator: Simulator, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  simulator.faults.add({ path: 'automation', fault: { kind: 'reply', status, body: text } });
}

/** As `vendorRetry` in the settings. */
export function retry(noOfTimesRetry: number, retryCoolOffInterval: number) {
  return { noOfTimesRetry, retryCoolOffInterval };
}
