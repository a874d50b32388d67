/** A simulated PhixFlow and sessions with it. */
import { expect, onTestFinished } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { phixflow } from '../../lib/providers/phixflow.ts';
import type { ProviderSession, Started } from '../../lib/providers/provider.ts';
import { createPhixflowPlatform, type PhixflowEndpoint, type PhixflowOptions } from '../../lib/simulators/phixflow.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { openSession } from './session.ts';

export const TOKEN = 'test-token-0123456789-0123456789-abcdef';
export const TRIGGER = '/phixflow/api/1/action';

export interface Setting {
  readonly platform?: Omit<PhixflowOptions, 'now' | 'sleep'>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly target: Readonly<Record<string, unknown>>;
  readonly anonymous?: boolean;
}

/** A session on a simulated platform whose clock moves only when a call is held or a test says so. */
export async function open({ platform, settings = {}, target, anonymous = false }: Setting) {
  const clock = { ms: Date.UTC(2026, 0, 5) };
  const sleep = async (ms: number) => {
    clock.ms += ms;
  };
  const simulated = createPhixflowPlatform({ token: TOKEN, ...platform, now: () => clock.ms, sleep });
  const simulator = await serveSimulator(simulated);
  onTestFinished(() => simulator.close());
  const credentials = anonymous ? {} : { credentials: { apiKey: TOKEN } };
  const session = openSession(phixflow, { baseUrl: `${simulator.origin}/phixflow`, settings, target, ...credentials });
  return { simulator, session, clock, jobs: () => simulated.jobs() as readonly { readonly state: string }[] };
}

export const options = () => ({ signal: AbortSignal.timeout(20_000) });

export function start(session: ProviderSession, parameters: JsonObject = {}, rawBody?: string): Promise<Started> {
  const request = { runId: 'run_1', attempt: 1, correlation: 'run_1-1', remainingMs: 3_600_000 };
  return session.start({ ...request, parameters, ...(rawBody === undefined ? {} : { rawBody }) }, options());
}

export function handleOf(started: Started): Json {
  if (started.kind !== 'accepted') throw new Error(`expected an accepted start, got ${JSON.stringify(started)}`);
  return started.handle;
}

/** An endpoint of one test. */
export function endpoint(fields: Partial<PhixflowEndpoint>): PhixflowEndpoint {
  const body = { success: true };
  return {
    ...{ description: 'test', application: 'App', name: 'Endpoint', mode: 'sync', durationMs: 0 },
    answer: () => ({ body }),
    ...fields,
  };
}

/** Starts on a platform that answers with exactly this. */
export async function startAnswered(target: JsonObject, reply: ReplyFault, settings: JsonObject = {}) {
  const { simulator, session } = await open({
    target: { application: 'Orders', endpoint: 'Create Order', ...target },
    settings,
  });
  simulator.faults.add({ path: '/trigger', fault: { kind: 'reply-after', ...reply } });
  const result = await start(session).catch((error: unknown) => error as Error);
  expect(simulator.requests).toHaveLength(1);
  return result;
}

export interface ReplyFault {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

export const JSON_TYPE = { 'content-type': 'application/json' };
