/** PhixFlow's incoming API as a platform. */
import { setTimeout as sleepReal } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import type { Json } from '../domain/json.ts';
import { createJobs, type Jobs } from './jobs.ts';
import {
  type AbortShows,
  aborted,
  accepted,
  answerOf,
  jsonText,
  type ProcessIdShape,
  problem,
} from './phixflow/answers.ts';
import { PHIXFLOW_ENDPOINTS, type PhixflowEndpoint, type PhixflowInput } from './phixflow/endpoints.ts';
import { readPhixflowCall } from './phixflow/request.ts';
import type { DurationOf } from './script.ts';
import type { Platform } from './simulator.ts';

export {
  PHIXFLOW_ENDPOINTS,
  PHIXFLOW_TARGETS,
  type PhixflowAnswer,
  type PhixflowEndpoint,
  type PhixflowInput,
} from './phixflow/endpoints.ts';

export interface PhixflowOptions {
  /** Absent: every endpoint allows anonymous connections. */
  readonly token?: string;
  /** The platform's clock, epoch milliseconds. */
  readonly now?: () => number;
  /** How a held call waits. Default: really. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Where commands are kept; absent: in memory. */
  readonly file?: string;
  /** Default `PHIXFLOW_ENDPOINTS`. */
  readonly endpoints?: readonly PhixflowEndpoint[];
  /** The instance's path. Default `/phixflow`. */
  readonly instance?: string;
  /** Default `Authorization` with `Bearer `. */
  readonly headerName?: string;
  readonly headerPrefix?: string;
  readonly badTokenStatus?: 401 | 403;
  /** What a client sees of an aborted command. Default 500 with the word. */
  readonly abortShows?: AbortShows;
  /** Status of an accepted asynchronous call. Default 200. */
  readonly acceptStatus?: 200 | 202;
  /** How the process id is given. Default `number`: `{"processId":12345}`. */
  readonly processIdShape?: ProcessIdShape;
  /** Decimal digits, any number of them. */
  readonly firstProcessId?: string;
  /** Below the instance; the id is the parameter or query field `processId`. Default: below the endpoint. */
  readonly pollPath?: string;
  readonly pollMethod?: 'GET' | 'POST';
  readonly words?: { readonly running: string; readonly success: string; readonly fail: string };
  /** By name of the endpoint. */
  readonly durationMs?: DurationOf;
}

interface Command {
  readonly id: string;
  readonly application: string;
  readonly endpoint: string;
  readonly startedAt: number;
  readonly lastsMs?: number | undefined;
  readonly timeoutMs: number;
  readonly input: PhixflowInput;
}

type CommandState = 'running' | 'aborted' | 'ended';

interface Phixflow {
  readonly options: PhixflowOptions;
  readonly commands: Jobs<Command>;
  readonly endpoints: readonly PhixflowEndpoint[];
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = { sync: 60_000, async: 500 } as const;
const WORDS = { running: 'Running', success: 'Success', fail: 'Fail' } as const;

/** @param options switches for whatever the vendor's pages leave open. */
export function createPhixflowPlatform(options: PhixflowOptions): Platform {
  const phixflow: Phixflow = {
    options,
    commands: createJobs<Command>(options.file),
    endpoints: options.endpoints ?? PHIXFLOW_ENDPOINTS,
    now: options.now ?? (() => Date.now()),
    sleep: options.sleep ?? ((ms) => sleepReal(ms, undefined, { ref: false })),
  };
  const app = new Hono();
  const instance = options.instance ?? '/phixflow';
  const actions = `${instance}/api/1/action`;
  app.all(`${actions}/:name/trigger`, (context) => trigger(phixflow, context));
  app.all(`${actions}/:application/:name/trigger`, (context) => trigger(phixflow, context));
  const pollPaths = options.pollPath === undefined ? DEFAULT_POLL_PATHS : [options.pollPath];
  for (const path of pollPaths) app.all(`${instance}${path}`, (context) => status(phixflow, context));
  return {
    app,
    jobs: () => phixflow.commands.all().map((command) => ({ ...command, state: stateOf(phixflow, command) })),
  };
}

const DEFAULT_POLL_PATHS = [
  '/api/1/action/:name/status/:processId',
  '/api/1/action/:application/:name/status/:processId',
];

/** A pure function of the kept command and the clock, so that a killed server comes back in the right place. */
function stateOf(phixflow: Phixflow, command: Command): CommandState {
  const endpoint = endpointOf(phixflow, command.application, command.endpoint);
  const elapsedMs = phixflow.now() - command.startedAt;
  const durationMs = command.lastsMs ?? endpoint?.durationMs ?? Number.POSITIVE_INFINITY;
  if (endpoint?.mode === 'sync' && durationMs > command.timeoutMs)
    return elapsedMs < command.timeoutMs ? 'running' : 'aborted';
  return elapsedMs < durationMs ? 'running' : 'ended';
}

function endpointOf(
  { endpoints }: Phixflow,
  application: string | undefined,
  name: string,
): PhixflowEndpoint | undefined {
  if (application !== undefined) return endpoints.find((e) => e.application === application && e.name === name);
  return endpoints.find(({ alias }) => alias === name) ?? endpoints.find((endpoint) => endpoint.name === name);
}

async function trigger(phixflow: Phixflow, context: Context): Promise<Response> {
  const { processIdShape = 'number', acceptStatus = 200 } = phixflow.options;
  const name = context.req.param('name') ?? '';
  const application = context.req.param('application');
  const endpoint = endpointOf(phixflow, application, name);
  const refusal = refuseCaller(phixflow, context, endpoint);
  if (refusal !== undefined) return refusal;
  if (endpoint === undefined) return problem(404, 'There is no such endpoint.');
  // Without an application the URL is an alias, or it is version 10's, which knows POST only.
  const isV10 = application === undefined && endpoint.alias !== name;
  if (context.req.method !== (isV10 ? 'POST' : (endpoint.method ?? 'POST')))
    return problem(405, 'Another method is set.');
  const call = await readPhixflowCall(context.req.raw);
  if (call.kind === 'refused') return problem(call.status, call.message);

  const command = commandOf(phixflow, endpoint, call.input, call.timeoutMs);
  const dueAt = command.startedAt + Math.min(command.lastsMs ?? endpoint.durationMs, command.timeoutMs);
  // A timer may ring a moment before the clock says so.
  while (phixflow.now() < dueAt) await phixflow.sleep(dueAt - phixflow.now());
  const state = stateOf(phixflow, command);
  if (state === 'aborted') return aborted(phixflow.options.abortShows ?? '500', context, command.timeoutMs);
  if (state === 'running') return accepted(command.id, processIdShape, acceptStatus);
  return answerOf(endpoint, command.input);
}

/** The command of this call: a new one, or the one that an idempotent endpoint remembers. */
function commandOf(
  phixflow: Phixflow,
  endpoint: PhixflowEndpoint,
  input: PhixflowInput,
  urlTimeoutMs: number | undefined,
): Command {
  const key = endpoint.idempotentOn;
  const mark = key === undefined ? undefined : input.parameters[key];
  const commands = phixflow.commands.all();
  const known =
    key === undefined || mark === undefined
      ? undefined
      : commands.find(
          ({ application, endpoint: name, input: { parameters } }) =>
            application === endpoint.application && name === endpoint.name && parameters[key] === mark,
        );
  if (known !== undefined) return known;
  const command: Command = {
    id: String(BigInt(phixflow.options.firstProcessId ?? '12345') + BigInt(commands.length)),
    application: endpoint.application,
    endpoint: endpoint.name,
    startedAt: phixflow.now(),
    lastsMs: phixflow.options.durationMs?.(endpoint.name, commands.length),
    timeoutMs: urlTimeoutMs ?? endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS[endpoint.mode],
    input,
  };
  phixflow.commands.put(command);
  return command;
}

function refuseCaller(
  { options }: Phixflow,
  context: Context,
  endpoint: PhixflowEndpoint | undefined,
): Response | undefined {
  const { token, headerName = 'Authorization', headerPrefix = 'Bearer ', badTokenStatus = 401 } = options;
  if (token === undefined || endpoint?.anonymous === true) return undefined;
  if (context.req.url.includes(encodeURIComponent(token))) return problem(400, 'A token does not belong into a URL.');
  if (context.req.header(headerName) === `${headerPrefix}${token}`) return undefined;
  return problem(badTokenStatus, 'The token is missing or not valid.');
}

function status(phixflow: Phixflow, context: Context): Response {
  const { pollMethod = 'GET', words = WORDS } = phixflow.options;
  const id = context.req.param('processId') ?? context.req.query('processId') ?? '';
  const command = phixflow.commands.get(id);
  const endpoint = command && endpointOf(phixflow, command.application, command.endpoint);
  const refusal = refuseCaller(phixflow, context, endpoint);
  if (refusal !== undefined) return refusal;
  if (context.req.method !== pollMethod) return problem(405, 'Another method is set.');
  if (command === undefined || endpoint?.mode !== 'async' || !isCalled(endpoint, context))
    return problem(404, 'There is no such process.');
  if (stateOf(phixflow, command) === 'running')
    return jsonText(`{"processId":${id},"status":${JSON.stringify(words.running)}}`, 200);
  const { failed = false, body } = endpoint.answer(command.input);
  const result: Json = body instanceof Uint8Array ? null : body;
  const word = failed ? words.fail : words.success;
  return jsonText(`{"processId":${id},"status":${JSON.stringify(word)},"result":${JSON.stringify(result)}}`, 200);
}

/** The endpoint in the URL, where there is one, is the command's own. */
function isCalled({ application, name, alias }: PhixflowEndpoint, context: Context): boolean {
  const called = context.req.param('name');
  if (called === undefined) return true;
  const calledApplication = context.req.param('application');
  return calledApplication === undefined
    ? called === alias || called === name
    : calledApplication === application && called === name;
}
