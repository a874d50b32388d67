/** Profitbase InVision's Data Flow Execution API as a platform. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { INVISION_SCENARIOS, type InvisionScenario, type InvisionStatus } from './invision/scenarios.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { type DurationOf, lasting, phaseAt } from './script.ts';
import type { Platform } from './simulator.ts';

export { INVISION_FLOWS, INVISION_SCENARIOS, type InvisionScenario } from './invision/scenarios.ts';

type Refusal = 500 | 401 | 403 | 404;

export interface InvisionOptions {
  readonly apiKey: string;
  /** The platform's clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Where runs are kept; absent: in memory. */
  readonly file?: string;
  /** Data flows by id. Default: `INVISION_SCENARIOS`. */
  readonly scenarios?: Readonly<Record<string, InvisionScenario>>;
  /** Virtual directory of the site. Default `/invision`. */
  readonly directory?: string;
  /** Where a key counts. Default: header and query, as documented; empty: no key is asked for. */
  readonly keyIn?: readonly ('header' | 'query')[];
  /** What a bad key, an unknown flow or an unknown run gets. Default 500, the only documented error. */
  readonly badKeyStatus?: Refusal;
  readonly unknownFlowStatus?: Refusal;
  readonly unknownRunStatus?: Refusal;
  /** Spelling of the reply's field names. Default `runId`. */
  readonly fieldCase?: 'runId' | 'RunId' | 'RUNID' | 'runid';
  /** With `await=true`: a proxy cuts the connection after so long by the platform's clock. */
  readonly awaitCutAfterMs?: number;
  /** Takes the argument document as the body of a start. Default false: no body is documented. */
  readonly acceptsArguments?: boolean;
  /** By data flow. */
  readonly durationMs?: DurationOf;
}

interface DataFlowRun {
  readonly id: string;
  readonly dataFlowId: string;
  readonly startedAt: number;
  readonly lastsMs?: number | undefined;
  readonly arguments: JsonObject | undefined;
}

const ENDED: readonly InvisionStatus[] = ['Succeeded', 'Failed'];
/** How often a held reply looks at the clock, which need not be the real one. */
const AWAIT_TICK_MS = 10;

const argumentsSchema = z.strictObject({
  globalArguments: z.record(z.string(), z.json()),
  activitiesExecutionData: z.array(
    z.strictObject({
      activityName: z.string(),
      arguments: z.array(z.strictObject({ name: z.string(), value: z.json() })),
    }),
  ),
  dataContext: z.string(),
});

/** @param options switches for whatever the vendor's pages leave open. */
export function createInvisionPlatform(options: InvisionOptions): Platform {
  const { scenarios = INVISION_SCENARIOS, now = () => Date.now(), directory = '/invision' } = options;
  const invision: Invision = {
    options,
    now,
    runs: createJobs<DataFlowRun>(options.file),
    scenarioOf: (id) => (Object.hasOwn(scenarios, id) ? scenarios[id] : undefined),
  };
  const app = new Hono();
  addRoutes(app, `${directory}/api/pub/v1/dataflows/:dataFlowId`, invision);
  return {
    app,
    jobs: () =>
      invision.runs.all().map((run) => {
        const scenario = invision.scenarioOf(run.dataFlowId);
        return { ...run, ...(scenario === undefined ? {} : { status: statusOf(invision, run, scenario) }) };
      }),
  };
}

/** What the routes share. */
interface Invision {
  readonly options: InvisionOptions;
  readonly now: () => number;
  readonly runs: Jobs<DataFlowRun>;
  scenarioOf(dataFlowId: string): InvisionScenario | undefined;
}

function addRoutes(app: Hono, flowPath: string, invision: Invision): void {
  const { options, runs, now, scenarioOf } = invision;
  app.use(`${flowPath}/*`, async (context, next) =>
    isKnownKey(context, options) ? next() : refuse(context, options.badKeyStatus),
  );

  app.post(`${flowPath}/start`, async (context) => {
    const dataFlowId = context.req.param('dataFlowId') ?? '';
    const scenario = scenarioOf(dataFlowId);
    if (scenario === undefined) return refuse(context, options.unknownFlowStatus);
    const asked = await parseStart(context, options.acceptsArguments === true);
    if (asked === undefined) return context.text('Bad Request', 400);
    const lastsMs = options.durationMs?.(dataFlowId, runs.all().length);
    const run: DataFlowRun = { id: randomUUID(), dataFlowId, startedAt: now(), lastsMs, arguments: asked.arguments };
    runs.put(run);
    if (asked.await) await holdReply(context, options, now, () => ENDED.includes(statusOf(invision, run, scenario)));
    return context.json(runReply(run, statusOf(invision, run, scenario), options));
  });

  app.get(`${flowPath}/runs/:runId/status`, (context) => {
    const dataFlowId = context.req.param('dataFlowId') ?? '';
    const scenario = scenarioOf(dataFlowId);
    if (scenario === undefined) return refuse(context, options.unknownFlowStatus);
    const run = runs.get(context.req.param('runId') ?? '');
    if (run?.dataFlowId !== dataFlowId) return refuse(context, options.unknownRunStatus);
    return context.json(runReply(run, statusOf(invision, run, scenario), options));
  });

  for (const path of [`${flowPath}/start`, `${flowPath}/runs/:runId/status`])
    app.all(path, (context) => context.body(null, 405));
}

function statusOf({ now }: Invision, run: DataFlowRun, { script }: InvisionScenario): InvisionStatus {
  return phaseAt(lasting(script, run.lastsMs), run.startedAt, now()).state;
}

/** A key that is given must be right wherever it is given; in a place where it does not count it is as good as none. */
function isKnownKey(context: Context, { apiKey, keyIn = ['header', 'query'] }: InvisionOptions): boolean {
  if (keyIn.length === 0) return true;
  const places = { header: context.req.header('x-api-key'), query: context.req.query('api_key') };
  const given = keyIn.map((place) => places[place]).filter((key) => key !== undefined);
  return given.length > 0 && given.every((key) => key === apiKey);
}

/** Documented errors have no documented body. */
function refuse(context: Context, status: Refusal = 500): Response {
  return context.text(status === 500 ? 'Internal Server Error' : 'Refused', status);
}

interface StartAsked {
  readonly await: boolean;
  readonly arguments: JsonObject | undefined;
}

/** Undefined when the request is not what the documents describe. */
async function parseStart(context: Context, acceptsArguments: boolean): Promise<StartAsked | undefined> {
  const query = context.req.query();
  const unknown = Object.keys(query).filter((name) => name !== 'api_key' && name !== 'await');
  const awaited = query.await ?? 'false';
  if (unknown.length > 0 || (awaited !== 'true' && awaited !== 'false')) return undefined;
  const text = await context.req.text();
  if (text === '') return { await: awaited === 'true', arguments: undefined };
  if (!acceptsArguments || !context.req.header('content-type')?.startsWith('application/json')) return undefined;
  const document = argumentsSchema.safeParse(readJson(text));
  return document.success ? { await: awaited === 'true', arguments: document.data as JsonObject } : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Resolves when the run has ended, the caller has gone, or the proxy in between has cut the connection. */
async function holdReply(
  context: Context,
  { awaitCutAfterMs = Number.POSITIVE_INFINITY }: InvisionOptions,
  now: () => number,
  hasEnded: () => boolean,
): Promise<void> {
  const outgoing = (context.env as { readonly outgoing?: ServerResponse } | undefined)?.outgoing;
  const cutAt = now() + awaitCutAfterMs;
  while (!hasEnded() && outgoing?.destroyed !== true) {
    if (now() >= cutAt) {
      outgoing?.destroy();
      return;
    }
    await sleep(AWAIT_TICK_MS, undefined, { ref: false });
  }
}

function runReply(run: DataFlowRun, status: InvisionStatus, { fieldCase = 'runId' }: InvisionOptions): JsonObject {
  const names = { runId: 'status', RunId: 'Status', RUNID: 'STATUS', runid: 'status' } as const;
  return { [fieldCase]: run.id, [names[fieldCase]]: status };
}
