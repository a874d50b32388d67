/** What the soak runs: flows on all five platforms, how each must end, and how a request is known again at its platform. */
import type { ConfigInput, ProviderId } from '../../lib/domain/config.ts';
import type { Json } from '../../lib/domain/json.ts';
import { ASSIST_EDGE_PROCESSES } from '../../lib/simulators/assist-edge.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';

type Flow = ConfigInput['flows'][string];

export interface SoakFlow {
  readonly flow: Flow;
  /** How often it is asked for, among the others; none: only its schedule asks. */
  readonly weight: number;
  readonly parameters: (tag: string) => Readonly<Record<string, Json>>;
  /** The only end that is right, where nothing was in doubt. */
  readonly ends: string;
  /** Somebody cancels it, or answers it. */
  readonly needs?: 'cancel' | 'answer';
  /** What the platform calls what it runs. */
  readonly remoteName: string;
}

const DEADLINE = '10m';
/** One slot of this flow each minute. */
const EVERY_MINUTE = '* * * * *';

export const SOAK_FLOWS: Readonly<Record<string, SoakFlow>> = {
  onboard: {
    weight: 6,
    ends: 'SUCCEEDED',
    remoteName: BRYTER_MODULES.onboarding,
    parameters: (tag) => ({ name: tag, email: `${tag}@example.com` }),
    flow: {
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.onboarding },
      parameters: {
        name: { type: 'text', apiName: 'employee_name' },
        email: { type: 'email', apiName: 'employee_email', sensitive: true },
      },
      deadline: DEADLINE,
    },
  },
  calculate: {
    weight: 2,
    ends: 'FAILED',
    remoteName: BRYTER_MODULES.broken,
    parameters: (tag) => ({ name: tag }),
    flow: {
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.broken },
      parameters: { name: { type: 'text', apiName: 'name' } },
      deadline: DEADLINE,
    },
  },
  offer: {
    weight: 6,
    ends: 'SUCCEEDED',
    remoteName: SMART_FLOWS.offer,
    parameters: (tag) => ({ customer: tag }),
    flow: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
      parameters: { customer: { type: 'text', required: true } },
      deadline: DEADLINE,
    },
  },
  invoice: {
    weight: 2,
    ends: 'FAILED',
    remoteName: SMART_FLOWS.invoice,
    parameters: (tag) => ({ customer: tag }),
    flow: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.invoice, rootElement: 'Invoice' },
      parameters: { customer: { type: 'text', required: true }, reference: { type: 'text' } },
      correlationParameter: 'reference',
      retry: { maxAttempts: 2, coolOff: '1s' },
      deadline: DEADLINE,
    },
  },
  letter: {
    weight: 1,
    ends: 'SUCCEEDED',
    needs: 'answer',
    remoteName: SMART_FLOWS.onboarding,
    parameters: (tag) => ({ customer: tag }),
    flow: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.onboarding, rootElement: 'Letter' },
      parameters: { customer: { type: 'text', required: true } },
      deadline: DEADLINE,
    },
  },
  archive: {
    weight: 1,
    ends: 'CANCELED',
    needs: 'cancel',
    remoteName: SMART_FLOWS.nightly,
    parameters: (tag) => ({ customer: tag }),
    flow: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.nightly, rootElement: 'Archive' },
      parameters: { customer: { type: 'text', required: true } },
      deadline: '1h',
    },
  },
  order: {
    weight: 4,
    ends: 'SUCCEEDED',
    remoteName: PHIXFLOW_TARGETS.createOrder.endpoint,
    parameters: (tag) => ({ customer: tag }),
    flow: {
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.createOrder,
      parameters: { customer: { type: 'text', required: true } },
      deadline: DEADLINE,
    },
  },
  import: {
    weight: 4,
    ends: 'SUCCEEDED',
    remoteName: PHIXFLOW_TARGETS.importOrders.endpoint,
    parameters: (tag) => ({ region: tag }),
    flow: {
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.importOrders,
      parameters: { region: { type: 'text' } },
      deadline: DEADLINE,
    },
  },
  post: {
    weight: 3,
    ends: 'SUCCEEDED',
    remoteName: 'PostInvoice',
    parameters: (tag) => ({ invoiceNumber: tag, password: `pw-${tag}` }),
    flow: {
      connection: 'assist-edge',
      target: {
        processName: 'PostInvoice',
        profileName: ASSIST_EDGE_PROCESSES.PostInvoice.profiles[0] ?? '',
        isSync: true,
        outputApp: 'Microbot : ResultPayload',
      },
      parameters: {
        invoiceNumber: { type: 'text', apiName: 'invoiceNo', required: true },
        password: { type: 'text', apiName: 'erpPassword', sensitive: true, required: true },
      },
      deadline: DEADLINE,
    },
  },
  file: {
    weight: 2,
    ends: 'HANDED_OFF',
    remoteName: 'ArchiveDocuments',
    parameters: (tag) => ({ folder: tag }),
    flow: {
      connection: 'assist-edge',
      target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
      parameters: { folder: { type: 'text', required: true } },
      deadline: DEADLINE,
    },
  },
  forecast: {
    weight: 4,
    ends: 'SUCCEEDED',
    remoteName: INVISION_FLOWS.forecast,
    parameters: () => ({}),
    flow: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, deadline: DEADLINE },
  },
  actuals: {
    weight: 1,
    ends: 'FAILED',
    remoteName: INVISION_FLOWS.brokenImport,
    parameters: () => ({}),
    flow: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.brokenImport }, deadline: DEADLINE },
  },
  nightly: {
    weight: 0,
    ends: 'SUCCEEDED',
    remoteName: INVISION_FLOWS.nightly,
    parameters: () => ({}),
    flow: {
      connection: 'invision',
      target: { dataFlowId: INVISION_FLOWS.nightly },
      schedule: { cron: EVERY_MINUTE },
      deadline: DEADLINE,
    },
  },
};

/** Paths under which the platforms are, when they are not at the root. */
const BASE_PATHS: Readonly<Partial<Record<ProviderId, string>>> = { phixflow: '/phixflow', invision: '/invision' };

/** Slots where a lost start is found again, requests where there are many looks; the others have no limit. */
const LIMITS: Readonly<Partial<Record<ProviderId, object>>> = {
  'smart-flows': { inFlight: 40 },
  phixflow: { requestsPerSecond: 50 },
};

/** The configuration, for platforms at these origins. */
export function soakConfig(origins: Readonly<Record<ProviderId, string>>): ConfigInput {
  const connections = Object.entries(origins).map(([id, origin]) => [
    id,
    {
      provider: id,
      baseUrl: `${origin}${BASE_PATHS[id as ProviderId] ?? ''}`,
      secret: secretName(id as ProviderId),
      limits: LIMITS[id as ProviderId] ?? {},
    },
  ]);
  const flows = Object.entries(SOAK_FLOWS).map(([id, { flow }]) => [id, flow]);
  return { connections: Object.fromEntries(connections), flows: Object.fromEntries(flows) };
}

export const secretName = (id: ProviderId) => `errand/soak-${id}`;
