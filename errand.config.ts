/**
 * The sample: every platform is a simulator that `npm start` brings along. For your own, give a connection the platform's
 * https address and the name of a secret, and a flow its target; `README.md` shows how.
 */
import { defineConfig } from './lib/domain/config.ts';
import { BRYTER_MODULES } from './lib/simulators/bryter.ts';
import { INVISION_FLOWS } from './lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from './lib/simulators/phixflow.ts';
import { simulatorUrl } from './lib/simulators/sample-url.ts';
import { SMART_FLOWS } from './lib/simulators/smart-flows.ts';

export default defineConfig({
  connections: {
    bryter: { provider: 'bryter', baseUrl: simulatorUrl('bryter'), secret: 'errand/sample-bryter' },
    'smart-flows': {
      provider: 'smart-flows',
      baseUrl: simulatorUrl('smart-flows'),
      secret: 'errand/sample-smart-flows',
    },
    phixflow: {
      provider: 'phixflow',
      baseUrl: `${simulatorUrl('phixflow')}/phixflow`,
      secret: 'errand/sample-phixflow',
    },
    'assist-edge': {
      provider: 'assist-edge',
      baseUrl: simulatorUrl('assist-edge'),
      secret: 'errand/sample-assist-edge',
    },
    invision: {
      provider: 'invision',
      baseUrl: `${simulatorUrl('invision')}/invision`,
      secret: 'errand/sample-invision',
    },
  },
  flows: {
    'onboard-employee': {
      description: 'A BRYTER module that takes an employee and completes',
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.onboarding },
      parameters: {
        employeeName: { type: 'text', apiName: 'employee_name', required: true },
        email: { type: 'email', apiName: 'employee_email', sensitive: true },
        startDate: { type: 'date', apiName: 'employee_start_date' },
      },
      deadline: '10m',
    },
    'approve-contract': {
      description: 'A BRYTER module that waits until a person has answered on its page',
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.approval },
      parameters: { title: { type: 'text', apiName: 'contract_title' } },
      deadline: '7d',
    },
    'calculate-premium': {
      description: 'A BRYTER module; the sample loses the answer to its start',
      connection: 'bryter',
      target: { publishedModuleId: BRYTER_MODULES.calculation },
      parameters: { insuredSum: { type: 'number', apiName: 'insured_sum', required: true } },
      deadline: '10m',
    },
    'write-offer': {
      description: 'A Smart Flow that writes a PDF',
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
      parameters: { customer: { type: 'text', required: true }, total: { type: 'number' } },
      deadline: '10m',
    },
    'send-newsletter': {
      description: 'A Smart Flow that ends with a warning',
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.newsletter, rootElement: 'Newsletter' },
      parameters: { subject: { type: 'text' } },
      deadline: '10m',
    },
    'compile-dossier': {
      description: 'A Smart Flow; the sample loses the answer to its start and finds it in the list',
      connection: 'smart-flows',
      target: { flowId: SMART_FLOWS.dossier, rootElement: 'Dossier' },
      parameters: { reference: { type: 'text' } },
      correlationParameter: 'reference',
      deadline: '10m',
    },
    'create-order': {
      description: 'A PhixFlow endpoint that answers when it is done',
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.createOrder,
      parameters: { customer: { type: 'text', required: true } },
      deadline: '5m',
    },
    'import-orders': {
      description: 'A PhixFlow endpoint that answers with a process id',
      connection: 'phixflow',
      target: PHIXFLOW_TARGETS.importOrders,
      parameters: { region: { type: 'text' } },
      deadline: '10m',
    },
    'post-invoice': {
      description: 'A robot of AssistEdge whose result is waited for',
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
      deadline: '10m',
    },
    'archive-documents': {
      description: 'A robot of AssistEdge that only takes the order',
      connection: 'assist-edge',
      target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
      parameters: { folder: { type: 'text', required: true } },
      deadline: '10m',
    },
    'update-forecast': {
      description: 'A data flow of InVision that succeeds',
      connection: 'invision',
      target: { dataFlowId: INVISION_FLOWS.forecast },
      deadline: '10m',
    },
    'import-actuals': {
      description: 'A data flow of InVision that fails',
      connection: 'invision',
      target: { dataFlowId: INVISION_FLOWS.brokenImport },
      deadline: '10m',
    },
    'nightly-load': {
      description: 'A data flow of InVision; the sample answers three looks with an error page',
      connection: 'invision',
      target: { dataFlowId: INVISION_FLOWS.nightly },
      deadline: '10m',
    },
  },
});
