/** Kills the function at every boundary of every effect of a run, before it and after it, once and again when it is called anew. */
import type { Asked } from './callers.ts';
import type { Effect } from './fault-kinds.ts';
import { flowOf } from './flows.ts';
import type { SimulationOptions } from './simulate.ts';
import { type SimulationResult, simulate } from './simulate.ts';
import type { Stage } from './stage.ts';

interface Boundary {
  readonly when: 'before' | 'after';
  readonly effect: Effect;
  readonly step: string;
}

export interface CrashPoint extends Boundary {
  readonly flow: string;
  readonly by: Asked['by'];
  /** Its place among the boundaries of the undisturbed run. */
  readonly nth: number;
  readonly times: 1 | 2;
}

export interface Crashed {
  readonly point: CrashPoint;
  readonly violations: SimulationResult['violations'];
  /** Whether it was met; what comes after another crash may not be. */
  readonly killed: number;
}

type Base = Pick<SimulationOptions, 'thread' | 'definition'>;

const isSame = (a: Boundary, b: Boundary) => a.when === b.when && a.effect === b.effect && a.step === b.step;

function alone(flow: string, by: Asked['by']) {
  const asked: readonly Asked[] = [{ key: `crash-${flow}`, flow: flowOf(flow), by }];
  // Not one of the seeds with a schedule.
  return { seed: 1, asked, kinds: [], faultsMs: 0 } as const;
}

/** The boundaries that an undisturbed run meets. @throws Error when it breaks a promise without our help */
async function boundariesOf(base: Base, flow: string, by: Asked['by']): Promise<readonly Boundary[]> {
  const boundaries: Boundary[] = [];
  const prepare = (stage: Stage) => {
    stage.atBoundary = (when, effect, step) => {
      boundaries.push({ when, effect, step });
      return false;
    };
  };
  const { violations } = await simulate({ ...base, ...alone(flow, by), prepare });
  if (violations[0] !== undefined) throw new Error(`${flow} by ${by}, undisturbed: ${violations[0].message}`);
  return boundaries;
}

async function crashAt(base: Base, point: CrashPoint): Promise<Crashed> {
  let met = 0;
  let killed = 0;
  const prepare = (stage: Stage) => {
    stage.atBoundary = (when, effect, step) => {
      met += 1;
      const isFirst = met === point.nth + 1;
      const isAgain = killed === 1 && point.times === 2 && isSame(point, { when, effect, step });
      if (!isFirst && !isAgain) return false;
      killed += 1;
      return true;
    };
  };
  const { violations } = await simulate({ ...base, ...alone(point.flow, point.by), prepare });
  return { point, violations, killed };
}

/** All crash points of a flow, one world each. */
export async function* crashEverywhere(base: Base, flow: string, by: Asked['by']): AsyncGenerator<Crashed> {
  const boundaries = await boundariesOf(base, flow, by);
  for (const [nth, boundary] of boundaries.entries())
    for (const times of [1, 2] as const) yield crashAt(base, { ...boundary, flow, by, nth, times });
}
