/** What the routes of the simulated Smart Flows share. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { JsonObject } from '../../domain/json.ts';
import type { Jobs } from '../jobs.ts';
import type { DurationOf } from '../script.ts';
import { type SmartFlowsJob, type SmartFlowsState, stateAt } from './job.ts';
import type { SmartFlowsScenario } from './scenarios.ts';
import type { SmartFlowsView } from './views.ts';

/** How the platform behaves where its documents leave the choice. */
export interface SmartFlowsSwitches {
  /** Data that does not fit: refused with 400, or accepted and ended with `Error`. */
  readonly badInput: 'reject' | 'end-with-error';
  /** HTTP status of a start's reply. */
  readonly startStatus: 200 | 201 | 202;
  /** How the wait for a person is spelled. */
  readonly inputWord: 'UserInput' | 'User input';
  readonly canceledWord: 'Canceled' | 'Cancelled';
  /** Which paths take a DELETE, and what the other one answers. */
  readonly cancelPaths: readonly ('progress' | 'execution')[];
  readonly otherCancelPath: 404 | 405;
  /** Who shows the input of an execution: lists too, only the execution itself, nobody. */
  readonly showInput: 'always' | 'single' | 'never';
  /** Documents appear so long after the end. */
  readonly documentsAfterMs: number;
  /** `flowExecutionPanelUrl` of the public settings. */
  readonly panelUrl: string;
  /** False: the list of one flow ignores `page` and `size`. */
  readonly pagesOfFlow: boolean;
}

export const SMART_FLOWS_SWITCHES: SmartFlowsSwitches = {
  badInput: 'reject',
  startStatus: 200,
  inputWord: 'UserInput',
  canceledWord: 'Canceled',
  cancelPaths: ['progress', 'execution'],
  otherCancelPath: 405,
  showInput: 'always',
  documentsAfterMs: 0,
  panelUrl: '/client',
  pagesOfFlow: true,
};

export interface SmartFlowsProject {
  readonly scenarios: Readonly<Record<string, SmartFlowsScenario>>;
  readonly jobs: Jobs<SmartFlowsJob>;
  readonly switches: SmartFlowsSwitches;
  readonly now: () => number;
  /** With a clock of our own a held request might never see it move: everything is answered at once. */
  readonly holds: boolean;
  readonly durationMs?: DurationOf | undefined;
}

/** An execution with its flow, as it is now. */
export interface Found {
  readonly view: SmartFlowsView;
  readonly state: SmartFlowsState;
}

export function viewOf({ scenarios, switches, now }: SmartFlowsProject, job: SmartFlowsJob): Found | undefined {
  const scenario = Object.hasOwn(scenarios, job.flowId) ? scenarios[job.flowId] : undefined;
  if (scenario === undefined) return undefined;
  const at = now();
  const state = stateAt(job, scenario, at);
  const keptMs = scenario.forgottenAfterMs ?? Number.POSITIVE_INFINITY;
  if (state.endedAt !== undefined && at >= state.endedAt + keptMs) return undefined;
  return { state, view: { ...switches, job, scenario, now: at } };
}

/** The execution with this id; undefined once the clean-up has been there. */
export function findExecution(project: SmartFlowsProject, id: string): Found | undefined {
  const job = project.jobs.get(id.toLowerCase());
  return job === undefined ? undefined : viewOf(project, job);
}

/** Lets an execution go on from where it waits. */
export function passGate(project: SmartFlowsProject, { view: { job } }: Found, answer?: JsonObject): SmartFlowsJob {
  const answers = answer === undefined ? job.answers : [...job.answers, answer];
  const next = { ...job, gates: [...job.gates, project.now()], answers };
  project.jobs.put(next);
  return next;
}

/** True while a person has to act. */
export function asksPerson({ state }: Found): boolean {
  return state.state === 'UserInput' || state.state === 'SelectFlow';
}

/** An error with the free body that clients of the API expect. */
export function refuse(context: Context, status: ContentfulStatusCode, message: string): Response {
  return context.json({ error: status === 404 ? 'NotFound' : 'BadRequest', message }, status);
}

/** The name of a query parameter that the documents do not know. */
export function unknownQuery(context: Context, known: readonly string[]): string | undefined {
  return Object.keys(context.req.query()).find((name) => !known.includes(name));
}

/** The body as a JSON object, when it is one and says so. */
export async function jsonBody(context: Context): Promise<JsonObject | undefined> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) return undefined;
  try {
    const value: unknown = JSON.parse(await context.req.text());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
