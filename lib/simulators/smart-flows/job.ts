/** What the simulated Smart Flows remembers of an execution, and what follows from it at a given time. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { lasting, phaseAt } from '../script.ts';
import type { SmartFlowsScenario, SmartFlowsStep } from './scenarios.ts';

export interface SmartFlowsJob {
  readonly id: string;
  readonly flowId: string;
  readonly mode: 'interactive' | 'batch';
  readonly createdAt: number;
  readonly lastsMs?: number | undefined;
  readonly inputData: Json;
  /** When a person or a callback let it go on. */
  readonly gates: readonly number[];
  readonly answers: readonly JsonObject[];
  readonly canceledAt?: number;
  /** Why the input does not fit the dataset, where that ends the execution instead of refusing it. */
  readonly badInput?: string;
  readonly documentIds: readonly string[];
  readonly callbackId: string;
}

/** An execution as it is now: a pure function of what was remembered and the clock. */
export interface SmartFlowsState extends SmartFlowsStep {
  /** Absent while it goes on. */
  readonly endedAt?: number;
}

export function stateAt(job: SmartFlowsJob, scenario: SmartFlowsScenario, now: number): SmartFlowsState {
  const steps = stepsOf(job, scenario);
  const at = job.canceledAt === undefined ? now : Math.min(now, job.canceledAt);
  const current = phaseAt(steps, job.createdAt, at, job.gates) as SmartFlowsStep;
  if (current === steps.at(-1)) return { ...current, ...endOf(job, steps) };
  if (job.canceledAt === undefined) return current;
  return { ...current, state: 'Canceled', message: 'Canceled by user', endedAt: job.canceledAt };
}

function stepsOf(job: SmartFlowsJob, scenario: SmartFlowsScenario): readonly SmartFlowsStep[] {
  if (job.badInput !== undefined)
    return [
      { state: 'Running', forMs: 300, percentage: 5, message: 'Reading data' },
      { state: 'Error', percentage: 5, message: job.badInput },
    ];
  const steps = lasting(scenario.steps, job.lastsMs);
  return job.mode === 'interactive' ? steps : steps.filter(({ state }) => state !== 'UserInput');
}

function endOf(job: SmartFlowsJob, steps: readonly SmartFlowsStep[]): { endedAt?: number } {
  let at = job.createdAt;
  let gate = 0;
  for (const step of steps.slice(0, -1)) {
    const next = step.until === undefined ? at + (step.forMs ?? Number.POSITIVE_INFINITY) : job.gates[gate++];
    if (next === undefined) return {};
    at = next;
  }
  return { endedAt: at };
}
