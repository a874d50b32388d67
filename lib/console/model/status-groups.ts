/** Statuses in the four groups in which an operator thinks. Pure. */
import { STATUSES, type Status } from '../../domain/status.ts';

export interface StatusGroup {
  readonly name: string;
  readonly statuses: readonly Status[];
}

/** Each status is in one of them. */
export const STATUS_GROUPS: readonly StatusGroup[] = [
  { name: 'Needs a human', statuses: ['FALLOUT', 'WAITING_FOR_INPUT'] },
  {
    name: 'Open',
    statuses: ['ACCEPTED', 'STARTING', 'QUEUED', 'RUNNING', 'WAITING_FOR_EVENT', 'FETCHING_OUTPUT', 'COOLING_OFF'],
  },
  { name: 'Ended well', statuses: ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS', 'HANDED_OFF'] },
  { name: 'Ended badly', statuses: ['FAILED', 'TIMED_OUT', 'CANCELED'] },
];

/** How much of a group is chosen, in the words of `aria-pressed`. */
export function pressedOf({ statuses }: StatusGroup, chosen: readonly Status[]): boolean | 'mixed' {
  const count = statuses.filter((status) => chosen.includes(status)).length;
  return count === statuses.length || (count > 0 && 'mixed');
}

/** All of them chosen in addition, or none any more where all were. In the order of the statuses. */
export function toggled(chosen: readonly Status[], statuses: readonly Status[]): readonly Status[] {
  const isOff = statuses.every((status) => chosen.includes(status));
  return STATUSES.filter((status) => (statuses.includes(status) ? !isOff : chosen.includes(status)));
}

/** How many runs there are of each status. */
export function countByStatus(runs: readonly { readonly status: Status }[]): ReadonlyMap<Status, number> {
  const counts = new Map<Status, number>();
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
