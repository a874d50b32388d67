/** Starting, watching, answering and stopping executions of the simulated Smart Flows. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import type { JsonObject } from '../../domain/json.ts';
import { isXmlType, readInput } from './input.ts';
import type { SmartFlowsJob } from './job.ts';
import {
  asksPerson,
  type Found,
  findExecution,
  jsonBody,
  passGate,
  refuse,
  type SmartFlowsProject,
  unknownQuery,
  viewOf,
} from './project.ts';
import { executionView, fieldKey, outputsView, progressView } from './views.ts';

export const EXECUTIONS = '/api/v1/flows/executions';
const EXECUTION = `${EXECUTIONS}/:id`;

/** How long a look is held without `timeout`, in seconds. */
const DEFAULT_HOLD_SECONDS = 30;
const MAX_HOLD_SECONDS = 60;
const HOLD_STEP_MS = 25;

export function addExecutions(app: Hono, project: SmartFlowsProject): void {
  app.post(EXECUTIONS, (context) => start(context, project, 'flowId'));
  app.post(`${EXECUTIONS}/start`, (context) => start(context, project, 'flow'));
  app.get(EXECUTION, (context) => show(context, project, [], ({ view }) => executionView(view)));
  app.get(`${EXECUTION}/status`, (context) =>
    show(context, project, ['output'], ({ view }) => outputsView(view, context.req.query('output'))),
  );
  app.get(`${EXECUTION}/progress`, (context) => progress(context, project));
  app.post(`${EXECUTION}/progress`, (context) => answer(context, project));
  app.post(`${EXECUTION}/state`, (context) => draft(context, project));
  app.delete(`${EXECUTION}/progress`, (context) => cancel(context, project, 'progress'));
  app.delete(EXECUTION, (context) => cancel(context, project, 'execution'));
}

/** A flow is named by its id, in the start that skips questions also by its name. */
function flowNamed({ scenarios }: SmartFlowsProject, name: string, by: 'flowId' | 'flow'): string | undefined {
  if (Object.hasOwn(scenarios, name.toLowerCase())) return name.toLowerCase();
  if (by === 'flowId') return undefined;
  return Object.keys(scenarios).find((id) => scenarios[id]?.displayName === name);
}

async function start(context: Context, project: SmartFlowsProject, by: 'flowId' | 'flow'): Promise<Response> {
  const unknown = unknownQuery(context, [by]);
  if (unknown !== undefined) return refuse(context, 400, `Unknown query parameter ${unknown}.`);
  const name = context.req.query(by);
  if (name === undefined) return refuse(context, 400, `The query parameter ${by} is missing.`);
  const flowId = flowNamed(project, name, by);
  const scenario = flowId === undefined ? undefined : project.scenarios[flowId];
  if (flowId === undefined || scenario === undefined) return refuse(context, 404, 'There is no such flow.');
  const body = await context.req.text();
  if (body !== '' && !isXmlType(context.req.header('content-type')))
    return refuse(context, 415, 'The input data must be application/xml; charset="utf-8".');
  const input = readInput(scenario, body);
  if ('refusal' in input && project.switches.badInput === 'reject') return refuse(context, 400, input.refusal);
  const job: SmartFlowsJob = {
    id: randomUUID(),
    flowId,
    mode: by === 'flow' ? 'batch' : 'interactive',
    createdAt: project.now(),
    lastsMs: project.durationMs?.(flowId, project.jobs.all().length),
    gates: [],
    answers: [],
    documentIds: (scenario.documents ?? []).map(() => randomUUID()),
    callbackId: randomUUID(),
    ...('refusal' in input ? { inputData: {}, badInput: input.refusal } : { inputData: input.inputData }),
  };
  project.jobs.put(job);
  const found = viewOf(project, job);
  if (found === undefined) return refuse(context, 404, 'There is no such flow.');
  const reply = by === 'flow' ? executionView(found.view) : progressView(found.view);
  return context.json(reply, project.switches.startStatus);
}

function show(
  context: Context,
  project: SmartFlowsProject,
  query: readonly string[],
  render: (found: Found) => JsonObject,
): Response {
  const unknown = unknownQuery(context, query);
  if (unknown !== undefined) return refuse(context, 400, `Unknown query parameter ${unknown}.`);
  const found = findExecution(project, context.req.param('id') ?? '');
  return found === undefined ? noExecution(context) : context.json(render(found));
}

function noExecution(context: Context): Response {
  return refuse(context, 404, 'There is no such execution.');
}

/** Held until there is news, the client goes away or the time is up. */
async function progress(context: Context, project: SmartFlowsProject): Promise<Response> {
  const id = context.req.param('id') ?? '';
  const timeout = context.req.query('timeout') ?? String(DEFAULT_HOLD_SECONDS);
  if (unknownQuery(context, ['timeout']) !== undefined || !/^-?\d+$/.test(timeout))
    return refuse(context, 400, 'Only the query parameter timeout is known, in seconds.');
  const first = findExecution(project, id);
  const until = project.now() + Math.min(Number(timeout), MAX_HOLD_SECONDS) * 1_000;
  const client: { readonly outgoing?: { readonly destroyed: boolean } } = context.env ?? {};
  let found = first;
  while (project.holds && isOpen(found) && !isNews(first, found) && project.now() < until) {
    if (client.outgoing?.destroyed === true) break;
    await sleep(HOLD_STEP_MS, undefined, { ref: false });
    found = findExecution(project, id);
  }
  return found === undefined ? noExecution(context) : context.json(progressView(found.view));
}

function isOpen(found: Found | undefined): boolean {
  return found !== undefined && found.state.endedAt === undefined;
}

function isNews(first: Found | undefined, now: Found | undefined): boolean {
  return first?.state.state !== now?.state.state || first?.state.message !== now?.state.message;
}

async function answer(context: Context, project: SmartFlowsProject): Promise<Response> {
  const found = findExecution(project, context.req.param('id') ?? '');
  if (found === undefined) return noExecution(context);
  const { scenario } = found.view;
  if (!asksPerson(found)) return refuse(context, 409, 'The execution does not wait for input.');
  const values = await jsonBody(context);
  if (values === undefined) return refuse(context, 400, 'Expected a JSON object.');
  const known = Object.keys(scenario.questions ?? {}).map(fieldKey);
  const wrong = Object.keys(values).find((key) => !known.includes(key) || typeof values[key] !== 'string');
  if (wrong !== undefined) return refuse(context, 400, 'A field is not in the schema, or not of its type.');
  return context.json(progressView({ ...found.view, job: passGate(project, found, values) }));
}

async function draft(context: Context, project: SmartFlowsProject): Promise<Response> {
  if (findExecution(project, context.req.param('id') ?? '') === undefined) return noExecution(context);
  const body = await jsonBody(context);
  const isDraft = typeof body?.model === 'object' && typeof body.uuid === 'string';
  return isDraft ? context.body(null, 204) : refuse(context, 400, 'Expected model and uuid.');
}

function cancel(context: Context, project: SmartFlowsProject, path: 'progress' | 'execution'): Response {
  const { cancelPaths, otherCancelPath } = project.switches;
  if (!cancelPaths.includes(path)) return refuse(context, otherCancelPath, 'This path cannot be deleted.');
  const found = findExecution(project, context.req.param('id') ?? '');
  if (found === undefined) return noExecution(context);
  const { job } = found.view;
  // What has ended stays as it is.
  const next = found.state.endedAt === undefined ? { ...job, canceledAt: project.now() } : job;
  if (next !== job) project.jobs.put(next);
  const after = viewOf(project, next);
  if (path === 'execution' || after === undefined) return context.body(null, 204);
  return context.json(progressView(after.view));
}

/** The way in for what a flow waits for outside; nobody has to say who they are. */
export function addCallbacks(app: Hono, project: SmartFlowsProject): void {
  const path = '/api/v1/flows/callback/:callbackId';
  const waiting = (context: Context) => {
    const job = project.jobs.all().find(({ callbackId }) => callbackId === context.req.param('callbackId'));
    return job === undefined ? undefined : findExecution(project, job.id);
  };
  app.post(path, (context) => {
    const found = waiting(context);
    const executionId = context.req.query('executionId');
    if (found === undefined || (executionId !== undefined && executionId !== found.view.job.id))
      return refuse(context, 404, 'There is no such callback.');
    if (found.state.state !== 'Waiting') return refuse(context, 409, 'The execution does not wait.');
    passGate(project, found);
    return context.json('Handled');
  });
  app.get(path, (context) => {
    const found = waiting(context);
    if (found === undefined) return refuse(context, 404, 'There is no such callback.');
    return context.json(found.view.job.gates.length > 0 ? 'Handled' : 'Not handled');
  });
}
