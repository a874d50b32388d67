import type { Phase } from '../script.ts';

export type InvisionStatus = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** One data flow. */
export interface InvisionScenario {
  readonly description: string;
  readonly script: readonly Phase<InvisionStatus>[];
}

/** Ids of the data flows that the simulator offers by itself. */
export const INVISION_FLOWS = {
  /** Succeeds after two seconds. */
  forecast: '2b0f1a48-4963-43b3-ba06-000000000001',
  /** Fails after one second, without a reason. */
  brokenImport: '2b0f1a48-4963-43b3-ba06-000000000002',
  /** Stays `Running` for ever, as a run whose worker died did before 2023.6. */
  stuck: '2b0f1a48-4963-43b3-ba06-000000000003',
  /** `Pending` for twenty seconds, as on a flooded server since 2023.7. */
  throttled: '2b0f1a48-4963-43b3-ba06-000000000004',
  /** Succeeds after two hours. */
  consolidation: '2b0f1a48-4963-43b3-ba06-000000000005',
  /** Succeeds after two seconds; its id is a plain name, as on older installations. */
  nightly: 'Nightly load',
} as const;

const PENDING: Phase<InvisionStatus> = { state: 'Pending', forMs: 500 };
const QUICK: readonly Phase<InvisionStatus>[] = [PENDING, { state: 'Running', forMs: 1_500 }, { state: 'Succeeded' }];

/** The data flows behind `INVISION_FLOWS`. */
export const INVISION_SCENARIOS: Readonly<Record<string, InvisionScenario>> = {
  [INVISION_FLOWS.forecast]: { description: 'Forecast: succeeds after two seconds', script: QUICK },
  [INVISION_FLOWS.brokenImport]: {
    description: 'Broken import: fails after one second',
    script: [PENDING, { state: 'Running', forMs: 500 }, { state: 'Failed' }],
  },
  [INVISION_FLOWS.stuck]: { description: 'Stuck: runs for ever', script: [PENDING, { state: 'Running' }] },
  [INVISION_FLOWS.throttled]: {
    description: 'Throttled: pending for twenty seconds',
    script: [{ state: 'Pending', forMs: 20_000 }, { state: 'Running', forMs: 1_000 }, { state: 'Succeeded' }],
  },
  [INVISION_FLOWS.consolidation]: {
    description: 'Consolidation: succeeds after two hours',
    script: [PENDING, { state: 'Running', forMs: 7_200_000 }, { state: 'Succeeded' }],
  },
  [INVISION_FLOWS.nightly]: { description: 'Nightly load: succeeds after two seconds', script: QUICK },
};
