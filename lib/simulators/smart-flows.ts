/** Smart Flows, simulated: the API of a project with a handful of flows, strict about everything its documents say. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { JsonObject } from '../domain/json.ts';
import { createJobs } from './jobs.ts';
import type { DurationOf } from './script.ts';
import type { Platform } from './simulator.ts';
import { bytesOfSize, SMART_FLOWS_PDF } from './smart-flows/documents.ts';
import { addCallbacks, addExecutions, EXECUTIONS } from './smart-flows/executions.ts';
import type { SmartFlowsJob } from './smart-flows/job.ts';
import { filterSchema, matches, pageOf, pageSchema } from './smart-flows/list.ts';
import { addPanel } from './smart-flows/panel.ts';
import {
  type Found,
  findExecution,
  jsonBody,
  refuse,
  SMART_FLOWS_SWITCHES,
  type SmartFlowsProject,
  type SmartFlowsSwitches,
  viewOf,
} from './smart-flows/project.ts';
import { SMART_FLOWS_SCENARIOS, type SmartFlowsScenario } from './smart-flows/scenarios.ts';
import { documentReference, executionView, wordOf } from './smart-flows/views.ts';

export { SMART_FLOWS_PDF } from './smart-flows/documents.ts';
export { SMART_FLOWS, SMART_FLOWS_SCENARIOS, type SmartFlowsScenario } from './smart-flows/scenarios.ts';

export interface SmartFlowsOptions {
  readonly apiKey: string;
  /** A user who may log in for a token instead. */
  readonly user?: { readonly username: string; readonly password: string };
  /** The platform's clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Whether a look is held until there is news, by that clock. Default: only without a clock of one's own. */
  readonly holds?: boolean;
  /** Where executions are kept; absent: in memory. */
  readonly file?: string;
  /** Flows by id. Default: `SMART_FLOWS_SCENARIOS`. */
  readonly scenarios?: Readonly<Record<string, SmartFlowsScenario>>;
  readonly switches?: Partial<SmartFlowsSwitches>;
  /** By flow. */
  readonly durationMs?: DurationOf;
}

const LOGIN = '/api/v1/authenticate/login';
/** Paths that nobody has to say who they are for. */
const OPEN = /^\/api\/v1\/(?:authenticate\/login|settings\/public|flows\/callback\/[^/]+)$/;

export function createSmartFlowsPlatform(options: SmartFlowsOptions): Platform {
  const project: SmartFlowsProject = {
    scenarios: options.scenarios ?? SMART_FLOWS_SCENARIOS,
    jobs: createJobs<SmartFlowsJob>(options.file),
    switches: { ...SMART_FLOWS_SWITCHES, ...options.switches },
    now: options.now ?? (() => Date.now()),
    holds: options.holds ?? options.now === undefined,
    durationMs: options.durationMs,
  };
  const app = new Hono();
  addAuthentication(app, options);
  app.get('/api/v1/settings/public', (context) => context.json({ flowExecutionPanelUrl: project.switches.panelUrl }));
  // Lists first: their paths also look like an execution's.
  addLists(app, project);
  addCallbacks(app, project);
  addExecutions(app, project);
  addDocuments(app, project);
  addPanel(app, project);
  app.notFound((context) => refuse(context, 404, 'There is no such resource.'));
  return {
    app,
    jobs: () =>
      project.jobs.all().map((job) => {
        const found = viewOf(project, job);
        return { ...job, ...(found === undefined ? {} : { status: wordOf(found.view) }) };
      }),
  };
}

function addAuthentication(app: Hono, { apiKey, user }: SmartFlowsOptions): void {
  const tokens = new Set<string>();
  app.use('/api/v1/*', async (context, next) => {
    const token = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    const known = context.req.header('x-api-key') === apiKey || (token !== undefined && tokens.has(token));
    return known || OPEN.test(context.req.path) ? next() : refuse(context, 401, 'Who are you?');
  });
  app.post(LOGIN, async (context) => {
    const given = await jsonBody(context);
    if (given === undefined) return refuse(context, 400, 'Expected a JSON object.');
    const known = user !== undefined && given.username === user.username && given.password === user.password;
    if (!known) return refuse(context, 401, 'Unknown user name or password.');
    const token = randomUUID();
    tokens.add(token);
    return context.json({ user: { displayName: user.username }, tokens: [{ scope: 'api', token }] });
  });
}

function addLists(app: Hono, project: SmartFlowsProject): void {
  const rows = () =>
    project.jobs
      .all()
      .map((job) => viewOf(project, job))
      .filter((found) => found !== undefined)
      .map(({ view }) => executionView(view, true));
  app.get('/api/v1/flows', (context) =>
    respond(
      context,
      Object.entries(project.scenarios).map(([id, { displayName }]) => ({ id, displayName, type: 'flow' })),
    ),
  );
  app.get(EXECUTIONS, (context) => respond(context, rows()));
  app.post(`${EXECUTIONS}/filter`, async (context) => {
    const filter = filterSchema.safeParse(await jsonBody(context));
    if (!filter.success) return refuse(context, 400, 'That is not a filter.');
    return respond(
      context,
      rows().filter((row) => matches(row, filter.data)),
    );
  });
  app.get('/api/v1/flows/:flow/executions', (context) => {
    const flow = context.req.param('flow').toLowerCase();
    if (!Object.hasOwn(project.scenarios, flow)) return refuse(context, 404, 'There is no such flow.');
    const ofFlow = rows().filter((row) => (row.flow as JsonObject).id === flow);
    return project.switches.pagesOfFlow ? respond(context, ofFlow) : context.json(ofFlow);
  });
}

function respond(context: Context, rows: readonly JsonObject[]): Response {
  const page = pageSchema.safeParse(context.req.query());
  if (!page.success) return refuse(context, 400, 'Known are page, size, sort and filter.');
  return context.json(pageOf(rows, page.data));
}

interface FoundDocument extends Found {
  readonly index: number;
}

function findDocument(project: SmartFlowsProject, id: string): FoundDocument | undefined {
  const job = project.jobs.all().find(({ documentIds }) => documentIds.includes(id));
  const found = job === undefined ? undefined : findExecution(project, job.id);
  if (job === undefined || found?.state.endedAt === undefined) return undefined;
  const isThere = found.view.now >= found.state.endedAt + project.switches.documentsAfterMs;
  return isThere ? { ...found, index: job.documentIds.indexOf(id) } : undefined;
}

function addDocuments(app: Hono, project: SmartFlowsProject): void {
  const path = '/api/v1/documents/:id';
  app.get(path, (context) => {
    const found = findDocument(project, context.req.param('id'));
    if (found === undefined) return refuse(context, 404, 'There is no such document.');
    const { id, displayName } = documentReference(found.view, found.index);
    const contentType = found.view.scenario.documents?.[found.index]?.contentType ?? '';
    const createdAt = new Date(found.state.endedAt ?? 0).toISOString();
    return context.json({ id, displayName, createdAt, finished: true, contentType: contentType || null });
  });
  app.get(`${path}/content`, (context) => {
    const found = findDocument(project, context.req.param('id'));
    const document = found?.view.scenario.documents?.[found.index];
    if (document === undefined) return refuse(context, 404, 'There is no such document.');
    const bytes = document.size === undefined ? SMART_FLOWS_PDF : bytesOfSize(document.size);
    return context.body(new Uint8Array(bytes), 200, {
      'content-type': document.contentType || 'application/octet-stream',
    });
  });
}
