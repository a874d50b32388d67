/** The flows of the test: one or two of each platform, and how a job of each must end when nobody interferes. */
import { configSchema, type ProviderId } from '../../lib/domain/config.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { TerminalStatus } from '../../lib/domain/status.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { hostOf } from './platforms.ts';

export interface TestFlow {
  readonly id: string;
  readonly provider: ProviderId;
  /** What the platform says of a job once it has ended. */
  readonly verdict: TerminalStatus;
  /** The platform can list its jobs, so a lost start is found again. */
  readonly lists: boolean;
  /** A job leaves a document behind. */
  readonly writes?: true;
  readonly parameters: (key: string) => JsonObject;
}

/** Must never be seen anywhere but at the platform. */
export const SENSITIVE = 'k4nary-par4meter';

export const TEST_FLOWS: readonly TestFlow[] = [
  {
    id: 'onboard',
    provider: 'bryter',
    verdict: 'SUCCEEDED',
    lists: false,
    parameters: (key) => ({ name: key, email: `${SENSITIVE}@example.com` }),
  },
  { id: 'break', provider: 'bryter', verdict: 'FAILED', lists: false, parameters: () => ({}) },
  {
    id: 'offer',
    provider: 'smart-flows',
    verdict: 'SUCCEEDED',
    lists: true,
    writes: true,
    parameters: (key) => ({ customer: key }),
  },
  {
    id: 'newsletter',
    provider: 'smart-flows',
    verdict: 'SUCCEEDED_WITH_WARNINGS',
    lists: true,
    writes: true,
    parameters: (key) => ({ subject: key }),
  },
  { id: 'dossier', provider: 'smart-flows', verdict: 'SUCCEEDED', lists: true, writes: true, parameters: () => ({}) },
  // Fails each time and is tried again soon, with nothing by which the platform could tell one attempt from the next.
  { id: 'refund', provider: 'smart-flows', verdict: 'FAILED', lists: true, parameters: (key) => ({ customer: key }) },
  { id: 'order', provider: 'phixflow', verdict: 'SUCCEEDED', lists: false, parameters: (key) => ({ customer: key }) },
  { id: 'import', provider: 'phixflow', verdict: 'SUCCEEDED', lists: false, parameters: () => ({ region: 'EU' }) },
  {
    id: 'invoice',
    provider: 'assist-edge',
    verdict: 'SUCCEEDED',
    lists: false,
    parameters: (key) => ({ invoiceNumber: key, erpPassword: SENSITIVE }),
  },
  {
    id: 'archive',
    provider: 'assist-edge',
    verdict: 'HANDED_OFF',
    lists: false,
    parameters: (key) => ({ folder: key }),
  },
  { id: 'forecast', provider: 'invision', verdict: 'SUCCEEDED', lists: false, parameters: () => ({}) },
  { id: 'actuals', provider: 'invision', verdict: 'FAILED', lists: false, parameters: () => ({}) },
];

const secretOf = (provider: ProviderId) => ({ secret: `errand/sample-${provider}` });
const DEADLINE = { deadline: '20m' } as const;
/** Behind others who hold their slots until the leases are over. */
const LONG = { deadline: '90m' } as const;

export const TEST_CONFIG = configSchema.parse({
  connections: {
    bryter: { provider: 'bryter', baseUrl: `https://${hostOf('bryter')}`, ...secretOf('bryter') },
    'smart-flows': {
      provider: 'smart-flows',
      baseUrl: `https://${hostOf('smart-flows')}`,
      ...secretOf('smart-flows'),
      limits: { inFlight: 1 },
    },
    phixflow: { provider: 'phixflow', baseUrl: `https://${hostOf('phixflow')}/phixflow`, ...secretOf('phixflow') },
    'assist-edge': { provider: 'assist-edge', baseUrl: `https://${hostOf('assist-edge')}`, ...secretOf('assist-edge') },
    invision: {
      provider: 'invision',
      baseUrl: `https://${hostOf('invision')}/invision`,
      ...secretOf('invision'),
      limits: { requestsPerSecond: 5 },
    },
  },
  flows: {
    onboard: {
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.onboarding },
      parameters: {
        name: { type: 'text', apiName: 'employee_name', required: true },
        email: { type: 'email', apiName: 'employee_email', sensitive: true },
      },
      ...DEADLINE,
    },
    break: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.broken }, ...DEADLINE },
    offer: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
      parameters: { customer: { type: 'text', required: true } },
      ...LONG,
    },
    newsletter: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.newsletter, rootElement: 'Newsletter' },
      parameters: { subject: { type: 'text' } },
      schedule: { cron: '*/10 * * * *', missed: 'all', parameters: { subject: 'slot' } },
      ...LONG,
    },
    dossier: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.offer, rootElement: 'Dossier' },
      parameters: { reference: { type: 'text' } },
      correlationParameter: 'reference',
      retry: { maxAttempts: 2, coolOff: '30s' },
      ...LONG,
    },
    refund: {
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.invoice, rootElement: 'Refund' },
      parameters: { customer: { type: 'text', required: true } },
      retry: { maxAttempts: 3, coolOff: '5s' },
      ...LONG,
    },
    order: {
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.createOrder,
      parameters: { customer: { type: 'text', required: true } },
      ...DEADLINE,
    },
    import: {
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.importOrders,
      parameters: { region: { type: 'text' } },
      ...DEADLINE,
    },
    invoice: {
      connection: 'assist-edge',
      target: {
        processName: 'PostInvoice',
        profileName: 'FinanceBot',
        isSync: true,
        outputApp: 'Microbot : ResultPayload',
      },
      parameters: {
        invoiceNumber: { type: 'text', apiName: 'invoiceNo', required: true },
        erpPassword: { type: 'text', sensitive: true, required: true },
      },
      ...DEADLINE,
    },
    archive: {
      connection: 'assist-edge',
      target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
      parameters: { folder: { type: 'text', required: true } },
      ...DEADLINE,
    },
    forecast: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, ...DEADLINE },
    actuals: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.brokenImport }, ...DEADLINE },
  },
});

export const flowOf = (id: string): TestFlow => {
  const found = TEST_FLOWS.find((flow) => flow.id === id);
  if (found === undefined) throw new Error(`There is no flow ${id}.`);
  return found;
};
