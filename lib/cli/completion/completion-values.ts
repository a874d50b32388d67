/** What may stand for a word: closed lists, and what the Errand in reach answers when it answers quickly. */
import { z } from 'zod';
import { PROVIDER_IDS } from '../../domain/config.ts';
import { STATUSES } from '../../domain/status.ts';
import { SCOPES } from '../../workflow/ports.ts';
import { harmless } from '../frame/errand-table.ts';
import type { ApiTarget } from '../target/errand-target.ts';
import { SHELLS } from './completion-script.ts';

export interface Offer {
  readonly value: string;
  readonly does: string;
}

/** Undefined: nobody answered, or nobody may be asked. */
export type Ask = (path: string) => Promise<unknown>;

/** Whoever waits for a word to complete does not wait longer. */
const TIMEOUT_MS = 300;

/** @param timeoutMs for an Errand that is far away */
export function askOf(target: ApiTarget | undefined, timeoutMs = TIMEOUT_MS): Ask {
  return async (path) => {
    if (target === undefined) return undefined;
    try {
      const reply = await fetch(`${target.url.replace(/\/$/, '')}${path}`, {
        headers: { 'x-api-key': target.key },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return reply.ok ? await reply.json() : undefined;
    } catch {
      return undefined;
    }
  };
}

const plain = (values: readonly string[], does = ''): readonly Offer[] => values.map((value) => ({ value, does }));

const flowsSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      description: z.string().optional(),
      parametersSchema: z.object({ properties: z.record(z.string(), z.unknown()).default({}) }).optional(),
    }),
  ),
});
const runsSchema = z.object({ items: z.array(z.object({ id: z.string(), flowId: z.string(), status: z.string() })) });
const connectionsSchema = z.object({ items: z.array(z.object({ id: z.string(), provider: z.string().optional() })) });

type Source = (ask: Ask, words: readonly string[]) => Promise<readonly Offer[]>;

async function flows(ask: Ask): Promise<readonly Offer[]> {
  const items = flowsSchema.safeParse(await ask('/v1/flows')).data?.items ?? [];
  return items.map(({ id, description = '' }) => ({ value: id, does: description }));
}

/** `name=`, for the flow that is among the words. */
async function parameters(ask: Ask, words: readonly string[]): Promise<readonly Offer[]> {
  const items = flowsSchema.safeParse(await ask('/v1/flows')).data?.items ?? [];
  const flow = items.find(({ id }) => words.includes(id));
  return Object.keys(flow?.parametersSchema?.properties ?? {}).map((name) => ({ value: `${name}=`, does: '' }));
}

async function runs(ask: Ask): Promise<readonly Offer[]> {
  const items = runsSchema.safeParse(await ask('/v1/runs?limit=20')).data?.items ?? [];
  const newest = { value: 'last', does: 'the newest run' };
  return [newest, ...items.map(({ id, flowId, status }) => ({ value: id, does: `${flowId} ${status}` }))];
}

async function connections(ask: Ask): Promise<readonly Offer[]> {
  const items = connectionsSchema.safeParse(await ask('/v1/connections')).data?.items ?? [];
  return items.map(({ id, provider = '' }) => ({ value: id, does: provider }));
}

/** By the name of an option or of a place. */
const SOURCES: Readonly<Record<string, Source>> = {
  flow: flows,
  flows,
  run: runs,
  connection: connections,
  param: parameters,
  status: async () => plain(STATUSES),
  provider: async () => plain(PROVIDER_IDS),
  simulator: async () => plain(PROVIDER_IDS),
  scopes: async () => plain(SCOPES),
  shell: async () => plain(SHELLS),
};

/** A shell puts an offer into the line as it is, to be run: names of ours are made of nothing else. */
const PLAIN = /^[\w:=.-]+$/;

/** What may stand for the option or place of that name; whatever came from elsewhere is made harmless. */
export async function offersFor(name: string, ask: Ask, words: readonly string[]): Promise<readonly Offer[]> {
  const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
  const offers = (await source?.(ask, words)) ?? [];
  return offers.filter(({ value }) => PLAIN.test(value)).map(({ value, does }) => ({ value, does: harmless(does) }));
}
