/** Which decisions a run in fallout admits, which of them are likely, and what each will do. Pure. */
import type { FalloutReason } from '../../domain/status.ts';

export const DECISIONS = ['adopt', 'not-started', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;
export type DecisionId = (typeof DECISIONS)[number];

/** Of a run, what decides. */
export interface Undecided {
  readonly provider: string;
  readonly attempt: number;
  readonly remoteId?: string | undefined;
  readonly orphans?: readonly string[] | undefined;
  readonly lateVerdict?: { readonly status: string } | undefined;
  readonly fallout?:
    | { readonly reason: FalloutReason; readonly evidence?: Readonly<Record<string, unknown>> | undefined }
    | undefined;
}

export interface DecisionOption {
  readonly id: DecisionId;
  /** What the person found out, from their side. */
  readonly label: string;
  /** On the button that does it. */
  readonly verb: string;
  readonly isLikely: boolean;
  /** Why it cannot be decided so; absent where it can. */
  readonly blocked?: string;
}

const WORDS: Readonly<Record<DecisionId, { readonly label: string; readonly verb: string }>> = {
  adopt: { label: 'It is at the platform: adopt the job', verb: 'Adopt the job' },
  'not-started': { label: 'It never started: start it anew', verb: 'Start it anew' },
  SUCCEEDED: { label: 'It has done its work: close as succeeded', verb: 'Close as succeeded' },
  FAILED: { label: 'It has not done its work: close as failed', verb: 'Close as failed' },
  CANCELED: { label: 'It is not wanted any more: close as canceled', verb: 'Close as canceled' },
};

/** These tell nothing of a job by its id. */
const WITHOUT_LOOKS: readonly string[] = ['assist-edge'];

/** Fallout of a job that has come to its end at the platform. */
const DONE: readonly (FalloutReason | undefined)[] = ['OUTPUT_MISSING', 'OUTPUT_TOO_LARGE', 'OUTPUT_INVALID'];

interface Likely {
  readonly withJob: readonly DecisionId[];
  readonly withoutJob: readonly DecisionId[];
}

const ANY_START: Likely = { withJob: ['adopt'], withoutJob: ['not-started'] };
const GOES_ON: Likely = { withJob: ['adopt', 'CANCELED'], withoutJob: ['CANCELED'] };
const JUDGED: Likely = { withJob: ['SUCCEEDED', 'FAILED'], withoutJob: ['SUCCEEDED', 'FAILED'] };
const FETCH_AGAIN: Likely = { withJob: ['adopt', 'SUCCEEDED'], withoutJob: ['SUCCEEDED'] };

const LIKELY: Readonly<Record<FalloutReason, Likely>> = {
  AMBIGUOUS_START: { withJob: ['adopt'], withoutJob: ['adopt', 'not-started'] },
  AUTH_FAILED: ANY_START,
  REMOTE_LOST: JUDGED,
  UNKNOWN_STATUS: JUDGED,
  OUTPUT_MISSING: FETCH_AGAIN,
  OUTPUT_TOO_LARGE: JUDGED,
  OUTPUT_INVALID: FETCH_AGAIN,
  SECRET_UNAVAILABLE: ANY_START,
  INPUT_REJECTED: { withJob: ['FAILED'], withoutJob: ['FAILED', 'not-started'] },
  DEADLINE_UNRESOLVED: GOES_ON,
  ORCHESTRATOR_FAULT: ANY_START,
  POISON_MESSAGE: { withJob: ['FAILED', 'CANCELED'], withoutJob: ['FAILED', 'CANCELED'] },
};

/** All decisions, the likely ones first, those that Errand would refuse last and with the reason. */
export function decisionsOf(run: Undecided, now: number): readonly DecisionOption[] {
  const likely = run.fallout === undefined ? undefined : LIKELY[run.fallout.reason];
  const preferred = (knownJob(run) === undefined ? likely?.withoutJob : likely?.withJob) ?? [];
  const options = DECISIONS.map((id): DecisionOption => {
    const blocked = blockedBy(id, run, now);
    return {
      id,
      ...WORDS[id],
      isLikely: blocked === undefined && preferred.includes(id),
      ...(blocked === undefined ? {} : { blocked }),
    };
  });
  const rank = ({ id, isLikely, blocked }: DecisionOption) => {
    if (blocked !== undefined) return 2 * DECISIONS.length;
    return isLikely ? preferred.indexOf(id) : DECISIONS.length;
  };
  return options.toSorted((a, b) => rank(a) - rank(b));
}

/** The job that the platform is known to have taken for this run. */
export function knownJob({ remoteId, orphans }: Undecided): string | undefined {
  return remoteId ?? orphans?.at(-1);
}

function blockedBy(id: DecisionId, run: Undecided, now: number): string | undefined {
  if (id !== 'adopt' && id !== 'not-started') return undefined;
  if (run.fallout?.reason === 'POISON_MESSAGE') return 'The message asks for nothing that can be run.';
  if (id === 'adopt')
    return WITHOUT_LOOKS.includes(run.provider) ? 'This platform cannot be asked after a job by its id.' : undefined;
  const job = knownJob(run);
  if (job !== undefined) return `The platform accepted it as ${job}, so it was started.`;
  if (run.lateVerdict !== undefined || DONE.includes(run.fallout?.reason))
    return 'The platform has done this job, so it was started.';
  return fenced(run, now);
}

function fenced({ fallout }: Undecided, now: number): string | undefined {
  const until = fallout?.evidence?.fenceUntil;
  if (typeof until !== 'string') return undefined;
  const leftMs = Date.parse(until) - now;
  if (!(leftMs > 0)) return undefined;
  return `The call that may have started it can last ${Math.ceil(leftMs / 1_000)} s more; wait for that.`;
}

/** What Errand will do, exactly; said before it is done. */
export function willDo(id: DecisionId, run: Undecided, remoteId: string): string {
  if (id === 'adopt') {
    const job = remoteId === '' ? 'the job whose id you give' : `job ${remoteId}`;
    return `Errand will look at ${job} from now on, and fetch its output when it ends. Nothing is started. The deadline counts anew.`;
  }
  if (id === 'not-started')
    return `Errand will start the job anew, once, with the same parameters, as attempt ${run.attempt + 1}. If it did start after all, it then runs twice.`;
  const job = knownJob(run);
  const there =
    job === undefined ? 'Nothing is called at the platform.' : `Job ${job} is left as it is at the platform.`;
  return `The run ends as ${ENDS[id]}, for good. ${there}`;
}

const ENDS = { SUCCEEDED: 'succeeded', FAILED: 'failed', CANCELED: 'canceled' } as const;
