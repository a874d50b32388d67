/** What is asked of the API about runs and flows. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { CommandError } from '../frame/command-error.ts';
import { createApiCaller } from '../target/errand-api.ts';
import type { ApiTarget } from '../target/errand-target.ts';
import {
  eventPageSchema,
  flowPageSchema,
  runPageSchema,
  type ShownEvent,
  type ShownFlow,
  type ShownOutput,
  type ShownRun,
  shownFlowSchema,
  shownOutputSchema,
  shownRunSchema,
} from './shown-run.ts';

/** Body of a start. */
export interface StartBody {
  readonly parameters?: JsonObject;
  readonly body?: string;
  readonly businessKey?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export type Decision = { readonly reason: string } & (
  | { readonly decision: 'adopt'; readonly remoteId: string }
  | { readonly decision: 'not-started' }
  | { readonly decision: 'close'; readonly status: string }
);

export type RunFilters = Readonly<Record<string, string | readonly string[]>>;

/** Each throws a CommandError. A run is named by its id, or `last` for the newest. */
export interface RunsDesk {
  readonly target: ApiTarget;
  /** @param key makes it one start however often it is sent. */
  start(flowId: string, body: StartBody, key: string): Promise<ShownRun>;
  rerun(id: string, key: string): Promise<ShownRun>;
  run(id: string): Promise<ShownRun>;
  /** The newest first, at most so many. */
  list(filters: RunFilters, limit: number): Promise<readonly ShownRun[]>;
  /** The whole timeline, oldest first. */
  events(id: string): Promise<readonly ShownEvent[]>;
  output(id: string): Promise<ShownOutput>;
  cancel(id: string): Promise<ShownRun>;
  answer(id: string, values: JsonObject): Promise<ShownRun>;
  resolve(id: string, decision: Decision): Promise<ShownRun>;
  flows(): Promise<readonly ShownFlow[]>;
  /** Undefined: there is none of that name. */
  flow(id: string): Promise<ShownFlow | undefined>;
}

const PAGE = 100;
const RUN_ID = /^run_[0-9A-HJKMNP-TV-Z]{26}$/;

/** @param signal breaks off what is being asked. */
export function openRunsDesk(target: ApiTarget, signal?: AbortSignal): RunsDesk {
  const call = createApiCaller(target, signal);
  const post = async (id: string, verb: string, body: Readonly<Record<string, Json>> | object, key?: string) => {
    const path = `${await pathOf(id)}/${verb}`;
    const idempotency = key === undefined ? {} : { idempotencyKey: key };
    return found(await call({ method: 'POST', path, body, ...idempotency, schema: shownRunSchema }), id);
  };

  async function list(filters: RunFilters, limit: number): Promise<readonly ShownRun[]> {
    const runs: ShownRun[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = queryOf({
        ...filters,
        limit: String(Math.min(PAGE, limit - runs.length)),
        ...(cursor && { cursor }),
      });
      const page = await call({ method: 'GET', path: `/v1/runs?${query}`, schema: runPageSchema });
      if (page === undefined) throw notErrand(target);
      runs.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === undefined || runs.length >= limit) return runs;
    }
  }

  async function pathOf(id: string): Promise<string> {
    if (RUN_ID.test(id)) return `/v1/runs/${id}`;
    if (id !== 'last')
      throw new CommandError(
        `"${id.slice(0, 40)}" is not the id of a run: expected run_…, as "errand runs" shows it, or "last" for the newest.`,
      );
    const [newest] = await list({}, 1);
    if (newest === undefined) throw new CommandError('There are no runs yet that this API key may see.', 1);
    return `/v1/runs/${newest.id}`;
  }

  async function events(id: string): Promise<readonly ShownEvent[]> {
    const path = await pathOf(id);
    const all: ShownEvent[] = [];
    for (let query = ''; ; ) {
      const page = found(await call({ method: 'GET', path: `${path}/events${query}`, schema: eventPageSchema }), id);
      all.push(...page.items);
      if (page.nextCursor === undefined) return all;
      query = `?${queryOf({ cursor: page.nextCursor })}`;
    }
  }

  return {
    target,
    list,
    events,
    async start(flowId, body, idempotencyKey) {
      const path = `/v1/flows/${encodeURIComponent(flowId)}/runs`;
      const run = await call({ method: 'POST', path, body, idempotencyKey, schema: shownRunSchema });
      if (run !== undefined) return run;
      throw new CommandError(`There is no flow "${flowId}" that this API key may start.`, 1);
    },
    rerun: (id, key) => post(id, 'rerun', {}, key),
    run: async (id) => found(await call({ method: 'GET', path: await pathOf(id), schema: shownRunSchema }), id),
    output: async (id) =>
      found(await call({ method: 'GET', path: `${await pathOf(id)}/output`, schema: shownOutputSchema }), id),
    cancel: (id) => post(id, 'cancel', {}),
    answer: (id, values) => post(id, 'input', { values }),
    resolve: (id, decision) => post(id, 'resolve', decision),
    async flows() {
      const page = await call({ method: 'GET', path: '/v1/flows', schema: flowPageSchema });
      if (page === undefined) throw notErrand(target);
      return page.items;
    },
    flow: (id) => call({ method: 'GET', path: `/v1/flows/${encodeURIComponent(id)}`, schema: shownFlowSchema }),
  };
}

function found<Value>(value: Value | undefined, id: string): Value {
  if (value !== undefined) return value;
  throw new CommandError(`There is no run ${id} that this API key may see. "errand runs" shows those there are.`, 1);
}

function notErrand({ url }: ApiTarget): CommandError {
  return new CommandError(`What answers at ${new URL(url).origin} is not Errand’s API.`);
}

function queryOf(fields: RunFilters): string {
  const pairs = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, String(value)]),
  );
  return new URLSearchParams(pairs).toString();
}
