import { toApiNames } from '../domain/api-names.ts';
import type { Json } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import type { StartRequest } from '../providers/provider.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';

/** Unique per attempt, the same for every retelling of it: what a human or a list call can find a start by. */
export function correlationOf(run: Run): string {
  return `${run.id}-${run.attempt}`;
}

/** The request of a run's present attempt, opened and named as the platform names things. */
export async function startRequestOf(dependencies: Dependencies, run: Run): Promise<StartRequest> {
  const { vault, clock } = dependencies;
  const flow = placeOf(dependencies, run)?.flow;
  const declared = flow?.parameters ?? {};
  const { parameters, rawBody } = await vault.open(run.id, run.input);
  const correlation = correlationOf(run);
  const name = flow?.correlationParameter;
  const given: Record<string, Json> = { ...parameters };
  if (name !== undefined) given[name] ??= correlation;
  return {
    runId: run.id,
    attempt: run.attempt,
    correlation,
    parameters: toApiNames(declared, given),
    ...(rawBody === undefined ? {} : { rawBody }),
    remainingMs: Math.max(0, Date.parse(run.deadline) - clock.now()),
  };
}
