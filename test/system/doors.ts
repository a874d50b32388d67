/** What a test does at Errand's doors: the API as a caller has it, and the events as a receiver reads them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusEvent } from '../../lib/local/event-log.ts';
import type { Simulator } from '../../lib/simulators/simulator.ts';
import type { LocalErrand } from './local-errand.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A run as the API shows it, with what these tests read. */
export interface SeenRun extends Fields {
  readonly id: string;
  readonly flowId: string;
  readonly status: string;
  readonly remoteId?: string;
  readonly endedAt?: string;
  readonly trigger: string;
  readonly cancel?: { readonly requestedAt: string; readonly remote?: string };
  readonly error?: { readonly code: string; readonly message: string };
  readonly fallout?: { readonly reason: string; readonly evidence?: Fields };
  readonly links: { readonly execution: string };
}

export interface Line {
  readonly type: string;
  readonly status?: string;
  readonly message: string;
  readonly data?: Fields;
}

export interface Reply {
  readonly status: number;
  readonly body: SeenRun & { readonly detail?: string; readonly url?: string };
}

export interface Doors {
  post(path: string, body?: unknown): Promise<Reply>;
  run(id: string): Promise<SeenRun>;
  start(flowId: string, parameters?: Fields): Promise<SeenRun>;
  timeline(id: string): Promise<readonly Line[]>;
  /** The log of events as it is now. */
  events(): readonly BusEvent[];
  /** Events of one flow or run, once there are so many of them. */
  told(of: string, count: number, withinMs?: number): Promise<readonly BusEvent[]>;
}

type Opened = Pick<LocalErrand, 'runtime' | 'key' | 'dataDir'>;

export function openDoors({ runtime, key, dataDir }: Opened): Doors {
  async function ask(path: string, body?: unknown): Promise<Reply> {
    const reply = await fetch(new URL(path, runtime.apiUrl), {
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: reply.status, body: (await reply.json()) as Reply['body'] };
  }

  async function expected(path: string, status: number, body?: unknown): Promise<Reply['body']> {
    const reply = await ask(path, body);
    if (reply.status !== status) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  const events = () => readEvents(dataDir);
  const concerns = (of: string) => events().filter(({ detail }) => detail.flowId === of || detail.runId === of);
  return {
    post: (path, body = {}) => ask(path, body),
    run: (id) => expected(`/v1/runs/${id}`, 200),
    start: (flowId, parameters = {}) => expected(`/v1/flows/${flowId}/runs`, 202, { parameters }),
    timeline: async (id) => (await expected(`/v1/runs/${id}/events`, 200)).items as readonly Line[],
    events,
    async told(of, count, withinMs = 30_000) {
      for (const until = Date.now() + withinMs; concerns(of).length < count && Date.now() < until; ) await sleep(25);
      return concerns(of);
    },
  };
}

export function readEvents(dataDir: string): readonly BusEvent[] {
  const lines = readFileSync(join(dataDir, 'events.ndjson'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as BusEvent);
}

/** What a simulated platform knows of its jobs, by id. */
export async function jobsOf({ origin }: Simulator): Promise<ReadonlyMap<string, Fields>> {
  const jobs = (await (await fetch(`${origin}/_simulator/jobs`)).json()) as readonly (Fields & { id: string })[];
  return new Map(jobs.map((job) => [job.id, job]));
}

/** Waits on the machine's clock for what comes about by itself. */
export async function until(isSo: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await isSo()); await sleep(25))
    if (Date.now() > end) throw new Error(`waited for ${isSo}`);
}
