/** How long runs of a flow usually take, for display: learned numbers, in whole milliseconds. */
import type { Flow } from '../domain/config.ts';
import type { Usual } from '../domain/look-plan.ts';
import { usualOf } from '../polling/flow-history.ts';
import { historyKeyBy } from '../workflow/flow-learning.ts';
import type { Dependencies } from '../workflow/ports.ts';

/**
 * What is known of each flow, in the order asked for; undefined while too little is, and for flows whose duration
 * depends on a parameter. @throws StoreUnavailableError
 */
export async function usualDurations(
  { histories }: Pick<Dependencies, 'histories'>,
  flows: readonly (readonly [id: string, flow: Flow])[],
): Promise<readonly (Usual | undefined)[]> {
  const keys = flows.map(([id, { connection, looks }]) =>
    // Where each value of a parameter has a history of its own, no one number would be true.
    looks.historyBy === undefined ? historyKeyBy(id, connection, undefined, undefined) : undefined,
  );
  const asked = keys.filter((key) => key !== undefined);
  const found = asked.length === 0 ? [] : await histories.getMany(asked);
  const known = new Map(asked.map((key, index) => [key, usualOf(found[index])]));
  return keys.map((key) => (key === undefined ? undefined : known.get(key)));
}

export function durationView({ p05Ms, p50Ms, p95Ms, runs }: Usual) {
  return {
    ...(p05Ms === undefined ? {} : { p05Ms: Math.round(p05Ms) }),
    p50Ms: Math.round(p50Ms),
    p95Ms: Math.round(p95Ms),
    runs,
  };
}
