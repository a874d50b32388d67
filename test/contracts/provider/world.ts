/** One variant on a real socket: a simulated platform with a clock of its own, and a session over the real client. */
import type { Json, JsonObject } from '../../../lib/domain/json.ts';
import { createHttpClient, type HttpClientOptions } from '../../../lib/http/create-http-client.ts';
import type { CallOptions, ProviderSession, StartRequest, Turn } from '../../../lib/providers/provider.ts';
import type { Fault } from '../../../lib/simulators/faults.ts';
import { type RecordedRequest, type Simulator, serveSimulator } from '../../../lib/simulators/simulator.ts';
import type { ProviderVariant, Read } from './variant.ts';

export interface SessionChanges {
  readonly settings?: JsonObject;
  readonly target?: JsonObject;
  readonly credentials?: JsonObject;
  /** Somewhere else than the simulator. */
  readonly origin?: string;
  readonly http?: Partial<HttpClientOptions>;
  /** Every request waits for it. */
  readonly turn?: Turn;
}

export interface World extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly session: ProviderSession;
  open(changes?: SessionChanges): ProviderSession;
  /** Requests that start a run, logins not counted. */
  starts(): readonly RecordedRequest[];
  /** Requests that are no login. */
  calls(): readonly RecordedRequest[];
  /** Jobs that the platform has taken. */
  jobs(): readonly unknown[];
  pass(ms: number): void;
  /** What every start request meets from now on. */
  breakStarts(fault: FaultInput): void;
  /** What every request meets from now on. */
  breakEverything(fault: FaultInput): void;
  intentAt(): string;
}

type FaultInput = Parameters<Simulator['faults']['add']>[0]['fault'];

export type { Fault, FaultInput };

const BEGIN = Date.UTC(2026, 0, 5, 9);

export async function openWorld(variant: ProviderVariant): Promise<World> {
  const clock = { now: BEGIN };
  const platform = variant.platform(clock);
  const simulator = await serveSimulator(platform, { now: () => clock.now });
  const isLogin = ({ path }: RecordedRequest) =>
    variant.loginPath !== undefined && new RegExp(variant.loginPath).test(path);
  const open = (changes: SessionChanges = {}) => openSession(variant, simulator.origin, changes);
  return {
    simulator,
    session: open(),
    open,
    calls: () => simulator.requests.filter((request) => !isLogin(request)),
    starts: () =>
      simulator.requests.filter((request) => !isLogin(request) && new RegExp(variant.startPath).test(request.path)),
    jobs: () => platform.jobs(),
    pass(ms) {
      clock.now += ms;
    },
    breakStarts: (fault) => simulator.faults.add({ path: variant.startPath, times: 50, fault }),
    breakEverything: (fault) => simulator.faults.add({ times: 50, fault }),
    intentAt: () => new Date(clock.now).toISOString(),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

function openSession(variant: ProviderVariant, simulatorOrigin: string, changes: SessionChanges): ProviderSession {
  const { definition, directory = '' } = variant;
  const settings = definition.settings.parse({ ...variant.settings, ...changes.settings });
  const target = definition.target.parse({ ...variant.target, ...changes.target });
  const auth = definition.auth(definition.credentials.parse(changes.credentials ?? variant.credentials), settings);
  const baseUrl = `${changes.origin ?? simulatorOrigin}${directory}`;
  const client = createHttpClient({ baseUrl, auth, ...changes.http });
  const http = changes.turn === undefined ? client : (client.metered?.(changes.turn) ?? client);
  return definition.connect({ settings, target, baseUrl, http });
}

/** Options of a call that nobody breaks off. */
export const unhurried: CallOptions = { signal: new AbortController().signal };

export function startRequest(variant: ProviderVariant): StartRequest {
  const ids = { runId: 'run_01KB0000000000000000000000', attempt: 1, correlation: 'run_01KB-a1' };
  return { ...ids, parameters: variant.parameters, remainingMs: 1_000 };
}

/** Starts, and gives the handle as a store gives it back: through JSON. */
export async function startedHandle(variant: ProviderVariant, session: ProviderSession): Promise<Json> {
  const started = await session.start(startRequest(variant), unhurried);
  if (started.kind !== 'accepted') throw new Error(`expected an accepted start, got ${started.verdict.status}`);
  return JSON.parse(JSON.stringify(started.handle));
}

export async function remoteIdOf(variant: ProviderVariant, session: ProviderSession): Promise<readonly [Json, string]> {
  const started = await session.start(startRequest(variant), unhurried);
  if (started.kind !== 'accepted') throw new Error(`expected an accepted start, got ${started.verdict.status}`);
  return [started.handle, started.remoteId];
}

export interface ReadInput {
  readonly handle: Json;
  readonly intentAt: string;
  readonly options?: CallOptions;
}

/** Asks a session for one of its reads; outputs are read to their last byte. */
export async function read(
  variant: ProviderVariant,
  session: ProviderSession,
  which: Read,
  { handle, intentAt, options = unhurried }: ReadInput,
): Promise<unknown> {
  const { remainingMs: _, ...request } = startRequest(variant);
  const ways: Readonly<Record<Read, () => Promise<unknown> | undefined>> = {
    poll: () => session.poll?.(handle, options),
    cancel: () => session.cancel?.(handle, options),
    answer: () => session.answer?.(handle, variant.waiting?.values ?? {}, options),
    find: () =>
      session.find?.({ ...request, intentAt, fenceUntil: intentAt, now: () => Date.parse(intentAt) }, options),
    fetchOutput: async () => {
      const output = await session.fetchOutput?.(handle, options);
      for (const file of output?.files ?? []) for await (const _chunk of await file.open(options));
      return output;
    },
  };
  return ways[which]();
}

/** What a promise is rejected with; fails, telling the value, when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const outcome: { readonly value: unknown } | Error = await promise.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof Error ? error : new Error(`rejected with ${String(error)}`)),
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
}
