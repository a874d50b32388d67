/** One embedded runtime for a whole file of tests, and the real command on it. */
import { afterAll, beforeAll, expect } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type LeapingErrand, startLeapingErrand } from '../system/leaping-errand.ts';
import type { LocalErrandOptions } from '../system/local-errand.ts';
import { errand, type Outcome } from './errand.ts';

/** Each ends within a few seconds, or waits. */
export const FLOWS = {
  offer: {
    connection: 'smart-flows',
    target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
    parameters: { customer: { type: 'text', required: true }, total: { type: 'number' } },
    deadline: '10m',
  },
  dossier: { connection: 'smart-flows', target: { flowId: SMART_FLOWS.dossier, rootElement: 'Dossier' } },
  question: { connection: 'smart-flows', target: { flowId: SMART_FLOWS.onboarding, rootElement: 'Person' } },
  letter: { connection: 'smart-flows', target: { flowId: SMART_FLOWS.offer }, rawBody: true },
  nightly: { connection: 'smart-flows', target: { flowId: SMART_FLOWS.nightly, rootElement: 'Night' } },
  approval: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.approval } },
  broken: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.broken } },
  premium: {
    connection: 'bryter',
    target: { publishedModuleId: BRYTER_MODULES.calculation },
    parameters: {
      insuredSum: { type: 'number', apiName: 'insured_sum', required: true },
      email: { type: 'email', apiName: 'insured_email', sensitive: true },
    },
  },
  forecast: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast } },
} as const;

export interface ErrandHere {
  readonly local: LeapingErrand;
  /** Runs the command on this Errand to its end. */
  here(...words: readonly string[]): Promise<Outcome>;
  /** The same where it has to end well; what it printed. */
  done(...words: readonly string[]): Promise<string>;
}

/** Call at the top of a file; what comes back can be used in its tests. */
export function errandHere(options: Omit<LocalErrandOptions, 'clock'> = { flows: FLOWS }): ErrandHere {
  const cleanUps: (() => Promise<void>)[] = [];
  let local: LeapingErrand | undefined;
  beforeAll(async () => {
    local = await startLeapingErrand((task) => cleanUps.unshift(task), options);
  }, 120_000);
  afterAll(async () => {
    for (const task of cleanUps) await task();
  });
  const known = () => {
    if (local === undefined) throw new Error('it has not started yet');
    return local;
  };
  const here = (...words: readonly string[]) => errand([...words, '--data', known().dataDir]);
  return {
    get local() {
      return known();
    },
    here,
    async done(...words) {
      const { code, stdout, stderr } = await here(...words);
      expect(code, stderr).toBe(0);
      return stdout;
    },
  };
}
