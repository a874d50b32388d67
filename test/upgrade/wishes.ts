/** What is asked of a version: flows that go every way there is, and the doors by which they are asked for. */
import type { ConfigInput, ProviderId } from '../../lib/domain/config.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';

type Origins = Readonly<Record<ProviderId, string>>;

const text = { type: 'text' } as const;
const secret = { type: 'text', sensitive: true } as const;
const name = { name: text, password: secret };

/** Only settings that every recorded version has. */
export function upgradeConfig(origins: Origins): ConfigInput {
  const bryter = (publishedModuleId: string) => ({
    connection: 'bryter',
    target: { publishedModuleId },
    parameters: name,
    deadline: '1h',
  });
  const smart = (flowId: string, more: object = {}) => ({
    connection: 'smart-flows',
    target: { flowId, rootElement: 'Order' },
    parameters: name,
    deadline: '1h',
    ...more,
  });
  const phix = (target: object) => ({ connection: 'phixflow', target, parameters: name, deadline: '1h' });
  const invision = (dataFlowId: string, more: object = {}) => ({
    connection: 'invision',
    target: { dataFlowId },
    deadline: '1h',
    ...more,
  });
  return {
    connections: connectionsAt(origins),
    flows: {
      onboard: {
        connection: 'bryter',
        target: { publishedModuleId: BRYTER_MODULES.onboarding },
        parameters: {
          name: { ...text, apiName: 'employee_name' },
          email: { type: 'email', apiName: 'employee_email', sensitive: true },
        },
        deadline: '1h',
      },
      calculate: bryter(BRYTER_MODULES.broken),
      approve: bryter(BRYTER_MODULES.notice),
      assess: bryter(BRYTER_MODULES.assessment),
      offer: smart(SMART_FLOWS.offer),
      invoice: smart(SMART_FLOWS.invoice, { retry: { maxAttempts: 2, coolOff: '1s' } }),
      newsletter: smart(SMART_FLOWS.newsletter),
      letter: smart(SMART_FLOWS.onboarding),
      archive: smart(SMART_FLOWS.nightly),
      order: phix(PHIXFLOW_TARGETS.createOrder),
      reject: phix(PHIXFLOW_TARGETS.rejectOrder),
      import: phix(PHIXFLOW_TARGETS.importOrders),
      post: {
        connection: 'assist-edge',
        target: { processName: 'PostInvoice', profileName: 'FinanceBot', isSync: true },
        parameters: { number: { ...text, apiName: 'invoiceNo' }, password: { ...secret, apiName: 'erpPassword' } },
        deadline: '1h',
      },
      file: {
        connection: 'assist-edge',
        target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
        parameters: { folder: text },
        deadline: '1h',
      },
      forecast: invision(INVISION_FLOWS.forecast),
      actuals: invision(INVISION_FLOWS.brokenImport),
      nightly: invision(INVISION_FLOWS.nightly, { schedule: { cron: '* * * * *' } }),
    },
  } as ConfigInput;
}

function connectionsAt(origins: Origins): ConfigInput['connections'] {
  return {
    bryter: { provider: 'bryter', baseUrl: origins.bryter, secret: 'errand/sample-bryter' },
    'smart-flows': {
      provider: 'smart-flows',
      baseUrl: origins['smart-flows'],
      secret: 'errand/sample-smart-flows',
      limits: { inFlight: 3 },
    },
    phixflow: {
      provider: 'phixflow',
      baseUrl: `${origins.phixflow}/phixflow`,
      secret: 'errand/sample-phixflow',
      limits: { requestsPerSecond: 20 },
    },
    'assist-edge': { provider: 'assist-edge', baseUrl: origins['assist-edge'], secret: 'errand/sample-assist-edge' },
    invision: { provider: 'invision', baseUrl: `${origins.invision}/invision`, secret: 'errand/sample-invision' },
  };
}

/** Parameters that fit the flow; what is sensitive is sealed. */
export function parametersOf(flowId: string, tag: string): Readonly<Record<string, string>> {
  const password = `secret-of-${tag}`;
  const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    onboard: { name: tag, email: `${tag}@example.com` },
    post: { number: tag, password },
    file: { folder: tag },
    forecast: {},
    actuals: {},
    nightly: {},
  };
  return own[flowId] ?? { name: tag, password };
}
