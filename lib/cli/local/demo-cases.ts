/** The sample runs: what is started, what the platform is made to do, and how each must end. */
import { createHash } from 'node:crypto';
import type { ProviderId } from '../../domain/config.ts';
import { BRYTER_MODULES } from '../../simulators/bryter.ts';
import type { FaultRule } from '../../simulators/faults.ts';
import { SMART_FLOWS, SMART_FLOWS_PDF } from '../../simulators/smart-flows.ts';
import type { OutputView } from '../target/api-client.ts';

export interface DemoCase {
  readonly flowId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What there is to see, in a few words. */
  readonly title: string;
  readonly status: string;
  readonly falloutReason?: string;
  /** Planted in the platform's simulator before the start. */
  readonly fault?: { readonly provider: ProviderId; readonly rule: FaultRule };
  /** A person answers on the platform's page. */
  readonly answer?: Readonly<Record<string, string>>;
  /** Requests the platform must have seen exactly once. */
  readonly once?: { readonly provider: ProviderId; readonly method: string; readonly path: RegExp };
  /** What must have come back. */
  readonly output?: (output: OutputView) => boolean;
}

const PDF_SHA256 = createHash('sha256').update(SMART_FLOWS_PDF).digest('hex');
const ERROR_PAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>';

export const DEMO_CASES: readonly DemoCase[] = [
  {
    flowId: 'onboard-employee',
    title: 'completes',
    parameters: { employeeName: 'Jane Roe', email: 'jane.roe@example.com', startDate: '2026-09-01' },
    status: 'SUCCEEDED',
  },
  {
    flowId: 'approve-contract',
    title: 'waits for a person, who answers on its page',
    parameters: { title: 'Office lease' },
    status: 'SUCCEEDED',
    answer: { decision: 'yes', remark: 'Fine.' },
  },
  {
    flowId: 'calculate-premium',
    title: 'the answer to its start is lost: never sent again',
    parameters: { insuredSum: 250_000 },
    status: 'FALLOUT',
    falloutReason: 'AMBIGUOUS_START',
    fault: {
      provider: 'bryter',
      rule: { method: 'POST', path: BRYTER_MODULES.calculation, fault: { kind: 'reset-after' } },
    },
    once: { provider: 'bryter', method: 'POST', path: new RegExp(BRYTER_MODULES.calculation) },
  },
  {
    flowId: 'write-offer',
    title: 'brings back a document',
    parameters: { customer: 'Acme & Sons', total: 1250.5 },
    status: 'SUCCEEDED',
    output: ({ files }) => files.length === 1 && files[0]?.sha256 === PDF_SHA256,
  },
  {
    flowId: 'send-newsletter',
    title: 'ends with a warning',
    parameters: { subject: 'Spring' },
    status: 'SUCCEEDED_WITH_WARNINGS',
  },
  {
    flowId: 'compile-dossier',
    title: 'the answer to its start is lost, but the platform lists it',
    parameters: {},
    status: 'SUCCEEDED',
    fault: {
      provider: 'smart-flows',
      rule: { method: 'POST', path: SMART_FLOWS.dossier, fault: { kind: 'reset-after' } },
    },
    once: { provider: 'smart-flows', method: 'POST', path: new RegExp(`executions\\?.*${SMART_FLOWS.dossier}`) },
  },
  {
    flowId: 'create-order',
    title: 'answers when it is done',
    parameters: { customer: 'C-17' },
    status: 'SUCCEEDED',
    output: ({ value }) => JSON.stringify(value).includes('9001'),
  },
  {
    flowId: 'import-orders',
    title: 'answers with a process id and is asked later',
    parameters: { region: 'EU' },
    status: 'SUCCEEDED',
    output: ({ value }) => JSON.stringify(value).includes('42'),
  },
  {
    flowId: 'post-invoice',
    title: 'a robot whose result is waited for',
    parameters: { invoiceNumber: 'INV-77', erpPassword: 'only-the-robot-knows' },
    status: 'SUCCEEDED',
    output: ({ value }) => value !== undefined && !JSON.stringify(value).includes('only-the-robot-knows'),
  },
  {
    flowId: 'archive-documents',
    title: 'handed to a robot: the platform tells no more',
    parameters: { folder: '2026/03' },
    status: 'HANDED_OFF',
  },
  { flowId: 'update-forecast', title: 'completes', parameters: {}, status: 'SUCCEEDED' },
  { flowId: 'import-actuals', title: 'fails at the platform', parameters: {}, status: 'FAILED' },
  {
    flowId: 'nightly-load',
    title: 'three looks meet an error page, and it still succeeds',
    parameters: {},
    status: 'SUCCEEDED',
    fault: {
      provider: 'invision',
      rule: {
        method: 'GET',
        path: 'Nightly',
        times: 3,
        fault: { kind: 'reply', status: 502, body: ERROR_PAGE, headers: { 'content-type': 'text/html' } },
      },
    },
  },
];
