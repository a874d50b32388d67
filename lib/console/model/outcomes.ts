/** How the last runs ended, counted. Pure. */
import { isTerminal, type Status } from '../../domain/status.ts';
import { countWords } from './word-list.ts';

export const OUTCOMES = [
  { id: 'good', label: 'Succeeded', statuses: ['SUCCEEDED'] },
  { id: 'warned', label: 'With warnings', statuses: ['SUCCEEDED_WITH_WARNINGS'] },
  { id: 'handed', label: 'Handed off', statuses: ['HANDED_OFF'] },
  { id: 'failed', label: 'Failed', statuses: ['FAILED'] },
  { id: 'late', label: 'Timed out', statuses: ['TIMED_OUT'] },
  { id: 'fallout', label: 'Fallout', statuses: ['FALLOUT'] },
  { id: 'canceled', label: 'Canceled', statuses: ['CANCELED'] },
] as const satisfies readonly { readonly id: string; readonly label: string; readonly statuses: readonly Status[] }[];

export type OutcomeId = (typeof OUTCOMES)[number]['id'] | 'open';

export interface Outcome {
  readonly id: OutcomeId;
  readonly label: string;
  readonly runs: number;
  /** Of the run filter. */
  readonly statuses: readonly Status[];
}

export interface Outcomes {
  /** Only those that occur; what is under way comes last. */
  readonly parts: readonly Outcome[];
  readonly runs: number;
  /** Ended by themselves: somebody's cancellation says nothing of the flow. */
  readonly judged: number;
  readonly good: number;
  /** In whole per cent; 100 only where every run went well. Undefined while nothing has ended. */
  readonly successPercent: number | undefined;
}

const GOOD: readonly OutcomeId[] = ['good', 'warned', 'handed'];

export function outcomesOf(statuses: readonly Status[]): Outcomes {
  const counted = OUTCOMES.map((outcome) => ({ ...outcome, runs: countOf(statuses, outcome.statuses) }));
  const open = statuses.filter((status) => !isTerminal(status));
  const all: readonly Outcome[] = [
    ...counted,
    { id: 'open', label: 'Under way', runs: open.length, statuses: [...new Set(open)] },
  ];
  const sum = (ids: (id: OutcomeId) => boolean) => all.reduce((total, { id, runs }) => total + (ids(id) ? runs : 0), 0);
  const good = sum((id) => GOOD.includes(id));
  const judged = sum((id) => id !== 'canceled' && id !== 'open');
  return {
    parts: all.filter(({ runs }) => runs > 0),
    runs: statuses.length,
    judged,
    good,
    successPercent: judged === 0 ? undefined : Math.floor((100 * good) / judged),
  };
}

function countOf(statuses: readonly Status[], wanted: readonly Status[]): number {
  return statuses.filter((status) => wanted.includes(status)).length;
}

/** What stands beside the rate. */
export function successWords({ runs, judged, good, parts }: Outcomes): string {
  if (judged === 0) return `None of the newest ${countWords(runs, 'run')} has ended by itself yet.`;
  const canceled = parts.find(({ id }) => id === 'canceled')?.runs ?? 0;
  const without = canceled === 0 ? '' : `, not counting ${canceled} canceled`;
  return `succeeded: ${good} of ${judged} among the newest ${countWords(runs, 'run')}${without}`;
}
