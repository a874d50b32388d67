import type { Json } from '../../domain/json.ts';
import type { Phase } from '../script.ts';

export type BryterState = 'created' | 'running' | 'waiting_for_input' | 'completed' | 'fatal_errored' | 'unknown';
export type BryterParameterType = 'text' | 'date' | 'number' | 'email';

/** One published module: what it takes, what it does, what it asks a person, what it hands out. */
export interface BryterScenario {
  readonly description: string;
  /** Start parameters by API name. Absent: any name with a text or number. */
  readonly parameters?: Readonly<Record<string, { readonly type: BryterParameterType; readonly required?: boolean }>>;
  readonly script: readonly Phase<BryterState>[];
  /** Questions on the browser page, by field name. */
  readonly questions?: Readonly<Record<string, string>>;
  /** Output values of a processing module, at `/data/outputs` of a completed session. */
  readonly outputs?: Json;
}

/** Ids of the modules that the simulator publishes by itself. */
export const BRYTER_MODULES = {
  /** Takes an employee's data and completes after two seconds. */
  onboarding: 'onboard-employee_00001',
  /** Waits until a person has opened its page and answered. */
  approval: 'approve-contract_00002',
  /** Goes on as soon as its page is opened. */
  notice: 'read-the-notice__00003',
  /** Ends in a fatal error after one second. */
  broken: 'broken-calculation_004',
  /** A session older than the execution API. */
  legacy: 'legacy-session___00005',
  /** Hands output values to the caller. */
  calculation: 'calculate-premium_0006',
  /** Works for ten minutes. */
  assessment: 'long-assessment__00007',
} as const;

const CREATED: Phase<BryterState> = { state: 'created', forMs: 500 };

/** The modules behind `BRYTER_MODULES`. */
export const BRYTER_SCENARIOS: Readonly<Record<string, BryterScenario>> = {
  [BRYTER_MODULES.onboarding]: {
    description: 'Onboarding: completes after two seconds',
    parameters: {
      employee_name: { type: 'text' },
      employee_email: { type: 'email' },
      employee_start_date: { type: 'date' },
      weekly_hours: { type: 'number' },
    },
    script: [CREATED, { state: 'running', forMs: 1_500 }, { state: 'completed' }],
  },
  [BRYTER_MODULES.approval]: {
    description: 'Contract approval: waits for the answer of a person',
    parameters: { contract_title: { type: 'text' }, amount: { type: 'number' } },
    script: [
      CREATED,
      { state: 'running', forMs: 500 },
      { state: 'waiting_for_input', until: 'answered' },
      { state: 'running', forMs: 1_000 },
      { state: 'completed' },
    ],
    questions: { decision: 'Do you approve this contract?', remark: 'Remark' },
  },
  [BRYTER_MODULES.notice]: {
    description: 'Notice: goes on when a person has opened it',
    script: [CREATED, { state: 'waiting_for_input', until: 'opened' }, { state: 'completed' }],
  },
  [BRYTER_MODULES.broken]: {
    description: 'Broken calculation: ends in a fatal error after one second',
    script: [CREATED, { state: 'running', forMs: 500 }, { state: 'fatal_errored' }],
  },
  [BRYTER_MODULES.legacy]: {
    description: 'Legacy session: its state is not tracked',
    script: [{ state: 'unknown' }],
  },
  [BRYTER_MODULES.calculation]: {
    description: 'Premium calculation: a processing module with output values',
    parameters: { insured_sum: { type: 'number', required: true } },
    script: [CREATED, { state: 'running', forMs: 500 }, { state: 'completed' }],
    outputs: { premium: 12.5, currency: 'EUR' },
  },
  [BRYTER_MODULES.assessment]: {
    description: 'Long assessment: works for ten minutes',
    script: [CREATED, { state: 'running', forMs: 600_000 }, { state: 'completed' }],
  },
};
