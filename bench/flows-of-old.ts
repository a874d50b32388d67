/** Flows of the sample as they are imagined to have run for days. */
import type { JsonObject } from '../lib/domain/json.ts';
import type { Trigger } from '../lib/domain/run.ts';
import type { TerminalStatus } from '../lib/domain/status.ts';

export interface FlowOfOld {
  readonly id: string;
  readonly connection: string;
  readonly provider: string;
  /** How often it is run, beside the others. */
  readonly weight: number;
  readonly usualMs: number;
  /** Standard deviation, as a part of `usualMs`. */
  readonly spread: number;
  /** With how often they come. */
  readonly ends: readonly (readonly [TerminalStatus, number])[];
  readonly trigger: Trigger;
  readonly remotePrefix: string;
  readonly businessKey?: string;
  readonly parameters: (number: number) => JsonObject;
  readonly sensitive?: readonly string[];
  readonly output?: JsonObject;
  readonly failure?: string;
}

const NAMES = ['Ada Byron', 'Jane Roe', 'Max Vogel', 'Nora Lind', 'Pia Aalto', 'Tom Baker', 'Zoe Marsh'];
const CUSTOMERS = ['Acme & Sons', 'Borealis', 'Cobalt Works', 'Delta Freight', 'Eastwind', 'Fjord Foods'];

const among = (names: readonly string[], number: number) => names[number % names.length] ?? '';

export const FLOWS_OF_OLD: readonly FlowOfOld[] = [
  {
    id: 'onboard-employee',
    connection: 'bryter',
    provider: 'bryter',
    weight: 5,
    usualMs: 96_000,
    spread: 0.12,
    ends: [
      ['SUCCEEDED', 95],
      ['FAILED', 3],
      ['CANCELED', 2],
    ],
    trigger: 'api',
    remotePrefix: 'ses-',
    businessKey: 'EMP',
    parameters: (number) => ({ employeeName: among(NAMES, number), startDate: '2026-12-01' }),
    sensitive: ['email'],
  },
  {
    id: 'write-offer',
    connection: 'smart-flows',
    provider: 'smart-flows',
    weight: 8,
    usualMs: 300_000,
    spread: 0.035,
    ends: [
      ['SUCCEEDED', 92],
      ['FAILED', 5],
      ['CANCELED', 2],
      ['TIMED_OUT', 1],
    ],
    trigger: 'queue',
    remotePrefix: 'exec-',
    businessKey: 'OFFER',
    parameters: (number) => ({ customer: among(CUSTOMERS, number), total: 400 + ((number * 137) % 9_000) }),
    output: { total: 1_250.5, currency: 'EUR' },
    failure: 'The platform reports: TemplateError: The field "total" is missing in the dataset.',
  },
  {
    id: 'send-newsletter',
    connection: 'smart-flows',
    provider: 'smart-flows',
    weight: 1,
    usualMs: 41_000,
    spread: 0.2,
    ends: [
      ['SUCCEEDED', 3],
      ['SUCCEEDED_WITH_WARNINGS', 2],
    ],
    trigger: 'api',
    remotePrefix: 'exec-',
    parameters: () => ({ subject: 'News of the month' }),
  },
  {
    id: 'create-order',
    connection: 'phixflow',
    provider: 'phixflow',
    weight: 4,
    usualMs: 6_000,
    spread: 0.3,
    ends: [['SUCCEEDED', 1]],
    trigger: 'api',
    remotePrefix: 'ord-',
    businessKey: 'ORDER',
    parameters: (number) => ({ customer: among(CUSTOMERS, number) }),
    output: { orderId: 9_001, state: 'confirmed' },
  },
  {
    id: 'post-invoice',
    connection: 'assist-edge',
    provider: 'assist-edge',
    weight: 4,
    usualMs: 190_000,
    spread: 0.25,
    ends: [
      ['SUCCEEDED', 90],
      ['FAILED', 6],
      ['FALLOUT', 4],
    ],
    trigger: 'queue',
    remotePrefix: 'req-',
    businessKey: 'INV',
    parameters: (number) => ({ invoiceNumber: `2026-${5_000 + number}` }),
    sensitive: ['erpPassword'],
    failure: 'The robot reports: the window "Post invoice" did not open.',
  },
  {
    id: 'archive-documents',
    connection: 'assist-edge',
    provider: 'assist-edge',
    weight: 2,
    usualMs: 1_500,
    spread: 0.2,
    ends: [['HANDED_OFF', 1]],
    trigger: 'schedule',
    remotePrefix: 'req-',
    parameters: (number) => ({ folder: `2026/${String((number % 11) + 1).padStart(2, '0')}` }),
  },
  {
    id: 'update-forecast',
    connection: 'invision',
    provider: 'invision',
    weight: 3,
    usualMs: 720_000,
    spread: 0.08,
    ends: [
      ['SUCCEEDED', 97],
      ['FAILED', 3],
    ],
    trigger: 'schedule',
    remotePrefix: '2b0f-',
    parameters: () => ({}),
    failure: 'The platform reports that the data flow failed.',
  },
  {
    id: 'calculate-premium',
    connection: 'bryter',
    provider: 'bryter',
    weight: 2,
    usualMs: 9_000,
    spread: 0.2,
    ends: [
      ['SUCCEEDED', 96],
      ['FALLOUT', 4],
    ],
    trigger: 'api',
    remotePrefix: 'ses-',
    businessKey: 'POLICY',
    parameters: (number) => ({ insuredSum: 50_000 + ((number * 7_919) % 400_000) }),
    output: { premium: 12.5, currency: 'EUR' },
  },
];
