/** The five platforms as cells meet them: one flow each, with the requests that a cell is about. */
import { createHash } from 'node:crypto';
import { type Config, configSchema, type ProviderId } from '../../lib/domain/config.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { Status } from '../../lib/domain/status.ts';
import { createAssistEdgePlatform } from '../../lib/simulators/assist-edge.ts';
import { BRYTER_MODULES, createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { createInvisionPlatform, INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { createPhixflowPlatform, PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import type { Platform } from '../../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform, SMART_FLOWS, SMART_FLOWS_PDF } from '../../lib/simulators/smart-flows.ts';

export const OPERATIONS = ['start', 'poll', 'fetch'] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface PlatformClock {
  now(): number;
  advance(ms: number): void;
}

export interface WirePlatform {
  readonly provider: ProviderId;
  /** Below the host. */
  readonly basePath: string;
  readonly settings: JsonObject;
  readonly target: JsonObject;
  readonly parameters: JsonObject;
  readonly credentials: Readonly<Record<string, string>>;
  /** The one request of each operation, as `POST /path`; absent: there is no such call. */
  readonly requests: Readonly<Partial<Record<Operation, RegExp>>>;
  /** The platform lists its runs, so a start in doubt is looked up. */
  readonly canFind: boolean;
  /** The record after a start, and after a look at a job that has ended. */
  readonly accepted: Status;
  readonly ended: Status;
  /** What must have been kept: a value, or the hash of a file. */
  readonly output?: { readonly value: Json } | { readonly sha256: string };
  create(clock: PlatformClock): Platform;
}

/** Never in a message, a record or a log line. */
const CANARY = 'canary-5f2c91';

const bryter: WirePlatform = {
  provider: 'bryter',
  basePath: '',
  settings: { outputPointer: '/data/outputs' },
  target: { publishedModuleId: BRYTER_MODULES.calculation },
  parameters: { insured_sum: 1_000 },
  credentials: { apiKey: `bryter-${CANARY}` },
  requests: {
    start: /^POST \/api\/execution\/[^/]+\/sessions$/,
    poll: /^GET \/api\/execution\/[^/]+\/sessions\/[^/]+$/,
    fetch: /^GET \/api\/execution\/[^/]+\/sessions\/[^/]+$/,
  },
  canFind: false,
  accepted: 'QUEUED',
  ended: 'FETCHING_OUTPUT',
  output: { value: { premium: 12.5, currency: 'EUR' } },
  create: ({ now }) => createBryterPlatform({ apiKey: bryter.credentials.apiKey ?? '', now }),
};

/** The fetch strikes the last of its three requests, that for the bytes of the document. */
const smartFlows: WirePlatform = {
  provider: 'smart-flows',
  basePath: '',
  settings: {},
  target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
  parameters: { customer: 'Jane Roe' },
  credentials: { apiKey: `smart-flows-${CANARY}` },
  requests: {
    start: /^POST \/api\/v1\/flows\/executions\?/,
    poll: /^GET \/api\/v1\/flows\/executions\/[^/]+\/progress\?/,
    fetch: /^GET \/api\/v1\/documents\/[^/]+\/content$/,
  },
  canFind: true,
  accepted: 'QUEUED',
  ended: 'FETCHING_OUTPUT',
  output: { sha256: createHash('sha256').update(SMART_FLOWS_PDF).digest('hex') },
  create: ({ now }) => createSmartFlowsPlatform({ apiKey: smartFlows.credentials.apiKey ?? '', now }),
};

const phixflow: WirePlatform = {
  provider: 'phixflow',
  basePath: '/phixflow',
  settings: {},
  target: PHIXFLOW_TARGETS.importOrders,
  parameters: { region: 'north' },
  credentials: { apiKey: `phixflow-${CANARY}` },
  requests: {
    start: /^POST \/phixflow\/.+\/trigger$/,
    poll: /^GET \/phixflow\/.+\/status\/\d+$/,
    fetch: /^GET \/phixflow\/.+\/status\/\d+$/,
  },
  canFind: false,
  accepted: 'RUNNING',
  ended: 'FETCHING_OUTPUT',
  output: { value: { orders: 42, region: 'north' } },
  create: ({ now, advance }) =>
    createPhixflowPlatform({
      token: phixflow.credentials.apiKey ?? '',
      now,
      sleep: async (ms) => advance(ms),
    }),
};

/** Asynchronous: the queue has it, and nobody can ask any more. The login that comes first is not what is struck. */
export const assistEdge: WirePlatform = {
  provider: 'assist-edge',
  basePath: '',
  settings: {},
  target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
  parameters: { folder: 'in' },
  credentials: { username: 'svc-errand', password: `assist-edge-${CANARY}` },
  requests: { start: /^POST \/api\/a\/automation$/ },
  canFind: false,
  accepted: 'HANDED_OFF',
  ended: 'HANDED_OFF',
  create: ({ now }) =>
    createAssistEdgePlatform({ username: 'svc-errand', password: assistEdge.credentials.password ?? '', now }),
};

const invision: WirePlatform = {
  provider: 'invision',
  basePath: '/invision',
  settings: {},
  target: { dataFlowId: INVISION_FLOWS.forecast },
  parameters: {},
  credentials: { apiKey: `invision-${CANARY}` },
  requests: { start: /^POST \/invision\/.+\/start$/, poll: /^GET \/invision\/.+\/status$/ },
  canFind: false,
  accepted: 'QUEUED',
  ended: 'SUCCEEDED',
  create: ({ now }) => createInvisionPlatform({ apiKey: invision.credentials.apiKey ?? '', now }),
};

export const PLATFORMS: readonly WirePlatform[] = [bryter, smartFlows, phixflow, assistEdge, invision];

/** How every token begins that the simulated AssistEdge gives for a login. */
const TOKEN_HEAD = Buffer.from('{"alg":').toString('base64url').slice(0, -1);

/** Spellings in which a secret could show: raw, as Basic authentication has it, and traded for a token. */
export function secretsOf({ credentials }: WirePlatform): readonly string[] {
  const secret = credentials.apiKey ?? credentials.password ?? '';
  return [CANARY, secret, TOKEN_HEAD, Buffer.from(`${credentials.username ?? ''}:${secret}`).toString('base64')];
}

export function configOf({ provider, settings, target, parameters }: WirePlatform): Config {
  const typed = Object.entries(parameters).map(([name, value]) => [
    name,
    { type: typeof value === 'number' ? 'number' : 'text' },
  ]);
  return configSchema.parse({
    connections: { acme: { provider, baseUrl: 'https://acme.example.com', secret: 'errand/acme', settings } },
    flows: { onboard: { connection: 'acme', target, parameters: Object.fromEntries(typed), deadline: '2h' } },
  });
}
