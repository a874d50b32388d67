/** What must hold once all is over: requests, records, jobs of the platforms, slots and queues against each other. Pure. */
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import { SOAK_FLOWS } from './flows.ts';
import type { Wish } from './load.ts';
import type { RemoteJob } from './platforms.ts';

export interface Evidence {
  readonly wishes: readonly Wish[];
  /** Every record of the table. */
  readonly runs: readonly Run[];
  readonly jobs: Readonly<Record<ProviderId, readonly RemoteJob[]>>;
  /** Runs that hold slots. */
  readonly slotHolders: readonly string[];
  /** Runs of which the fallout queue was told. */
  readonly toldFallout: readonly string[];
  /** Messages left in the queue of requests and in its queue of dead letters. */
  readonly leftInQueues: number;
  /** Executions of the state machine that go on. */
  readonly running: number;
  /** Full minutes between the first and the last moment of the load, each a slot of the schedule. */
  readonly slots: { readonly least: number; readonly most: number };
}

export interface Verdict {
  readonly lost: number;
  readonly duplicateRuns: number;
  readonly duplicateStarts: number;
  readonly orphans: number;
  readonly falseFailures: number;
  readonly openRuns: number;
  readonly slotsLeaked: number;
  readonly leftInQueues: number;
  readonly untoldFallout: number;
  readonly missedSlots: number;
  /** One line for each of the above. */
  readonly findings: readonly string[];
}

const SCHEDULED = 'nightly';

/** A job that nobody could see end keeps its slot until the lease is over. */
function mayStillRun({ status, fallout, cancel, remoteId }: Run): boolean {
  if (status === 'FALLOUT') return fallout?.reason === 'AMBIGUOUS_START' || remoteId !== undefined;
  const isStopped = status === 'CANCELED' || status === 'TIMED_OUT';
  return isStopped && remoteId !== undefined && cancel?.remote !== 'confirmed';
}

/** The platform's ids that the record knows of. */
function knownIds({ remoteId, pastAttempts = [], orphans = [] }: Run): readonly string[] {
  return [remoteId, ...pastAttempts.map((past) => past.remoteId), ...orphans].filter((id) => id !== undefined);
}

const isInDoubt = ({ status, fallout }: Run) => status === 'FALLOUT' && fallout?.reason === 'AMBIGUOUS_START';

function isFalse(run: Run): boolean {
  return run.status !== SOAK_FLOWS[run.flowId]?.ends && !isInDoubt(run);
}

/** What the platform calls the job, and the tag it carries, where the platform keeps what it was given. */
const REMOTE: Readonly<Record<ProviderId, (job: RemoteJob) => { readonly name: unknown; readonly input?: unknown }>> = {
  bryter: ({ moduleId, parameters }) => ({ name: moduleId, input: parameters }),
  'smart-flows': ({ flowId, inputData }) => ({ name: flowId, input: inputData }),
  phixflow: ({ endpoint, input }) => ({ name: endpoint, input }),
  'assist-edge': ({ processName }) => ({ name: processName }),
  invision: ({ dataFlowId }) => ({ name: dataFlowId }),
};

const TAG = /soak-\d+(?!\d)/;

interface JobCount {
  readonly duplicateStarts: readonly string[];
  readonly orphans: readonly string[];
}

/** Where the platform keeps the input: each job against its own run. */
function judgeTagged(jobs: readonly (readonly [RemoteJob, string])[], runs: readonly Run[]): JobCount {
  const byTag = new Map(runs.map((run) => [run.businessKey, run]));
  const perTag = Map.groupBy(jobs, ([, tag]) => tag);
  const duplicateStarts: string[] = [];
  const orphans: string[] = [];
  for (const [tag, own] of perTag) {
    const run = byTag.get(tag);
    if (run === undefined) orphans.push(`${tag}: the platform has a job of a request without a run`);
    else if (own.length > run.attempt)
      duplicateStarts.push(`${run.id} (${run.flowId}): ${own.length} jobs for ${run.attempt} attempts`);
    else if (!isInDoubt(run) && run.remoteId !== undefined && !own.every(([{ id }]) => knownIds(run).includes(id)))
      orphans.push(`${run.id} (${run.flowId}, ${run.status}): the platform has a job that the record does not know`);
  }
  return { duplicateStarts, orphans };
}

/** Where it does not: as many unknown jobs as there are runs in doubt, and no more jobs than attempts. */
function judgeCounted(jobs: readonly RemoteJob[], runs: readonly Run[], name: string): JobCount {
  const known = new Set(runs.flatMap(knownIds));
  const unknown = jobs.filter(({ id }) => !known.has(id)).length;
  const inDoubt = runs.filter(isInDoubt).length;
  const attempts = runs.reduce((sum, { attempt }) => sum + attempt, 0);
  return {
    duplicateStarts: Array.from(
      { length: Math.max(0, jobs.length - attempts) },
      () => `${name}: more jobs than attempts`,
    ),
    orphans: Array.from({ length: Math.max(0, unknown - inDoubt) }, () => `${name}: a job that no record knows`),
  };
}

function judgeJobs({ jobs, runs }: Evidence): JobCount {
  const counts = PROVIDER_IDS.flatMap((id) => {
    const own = jobs[id].map((job) => ({ job, ...REMOTE[id](job) }));
    const tagged = own.flatMap(({ job, input }): (readonly [RemoteJob, string])[] => {
      const tag = TAG.exec(JSON.stringify(input ?? null))?.[0];
      return tag === undefined ? [] : [[job, tag]];
    });
    if (tagged.length > 0) return [judgeTagged(tagged, runs)];
    return Object.entries(SOAK_FLOWS).map(([flowId, { remoteName }]) =>
      judgeCounted(
        own.filter(({ name }) => name === remoteName).map(({ job }) => job),
        runs.filter((run) => run.flowId === flowId && run.provider === id),
        flowId,
      ),
    );
  });
  return {
    duplicateStarts: counts.flatMap((count) => count.duplicateStarts),
    orphans: counts.flatMap((count) => count.orphans),
  };
}

function judgeWishes({ wishes, runs }: Evidence) {
  const byTag = Map.groupBy(runs, ({ businessKey }) => businessKey);
  const lost: string[] = [];
  const duplicateRuns: string[] = [];
  for (const { tag, flowId, door, acknowledged, runIds } of wishes) {
    const own = byTag.get(tag) ?? [];
    if (acknowledged && own.length === 0) lost.push(`${tag} (${flowId} by ${door}): acknowledged, and there is no run`);
    if (own.length > 1) duplicateRuns.push(`${tag} (${flowId} by ${door}): ${own.length} runs`);
    for (const id of runIds)
      if (own.every((run) => run.id !== id)) lost.push(`${tag}: was told of ${id}, and there is no such record`);
  }
  return { lost, duplicateRuns };
}

function describe({ id, flowId, status, error, fallout }: Run): string {
  return `${id} (${flowId}) ended ${status} ${fallout?.reason ?? error?.code ?? ''}: ${error?.message ?? ''}`;
}

/** Judges the end of a soak. */
export function judge(evidence: Evidence): Verdict {
  const { runs, slotHolders, toldFallout, leftInQueues, running, slots } = evidence;
  const { lost, duplicateRuns } = judgeWishes(evidence);
  const { duplicateStarts, orphans } = judgeJobs(evidence);
  const byId = new Map(runs.map((run) => [run.id, run]));
  const open = runs
    .filter(({ status }) => !isTerminal(status))
    .map(({ id, flowId, status }) => `${id} (${flowId}) is ${status}`);
  const falseFailures = runs.filter((run) => isTerminal(run.status) && isFalse(run)).map(describe);
  const leaked = slotHolders.filter((id) => {
    const run = byId.get(id);
    return run === undefined || (isTerminal(run.status) && !mayStillRun(run));
  });
  const untold = runs.filter(({ id, status }) => status === 'FALLOUT' && !toldFallout.includes(id));
  const scheduled = runs.filter(({ flowId }) => flowId === SCHEDULED).length;
  const missed = Math.max(0, slots.least - scheduled, scheduled - slots.most);
  return {
    lost: lost.length,
    duplicateRuns: duplicateRuns.length,
    duplicateStarts: duplicateStarts.length,
    orphans: orphans.length,
    falseFailures: falseFailures.length,
    openRuns: open.length + running,
    slotsLeaked: leaked.length,
    leftInQueues,
    untoldFallout: untold.length,
    missedSlots: missed,
    findings: [
      ...[lost, duplicateRuns, duplicateStarts, orphans, falseFailures, open].flat(),
      ...leaked.map((id) => `${id} holds a slot, and is ${byId.get(id)?.status ?? 'no run'}`),
      ...untold.map(({ id }) => `${id} is fallout of which the queue was not told`),
      ...(running > 0 ? [`${running} executions go on`] : []),
      ...(leftInQueues > 0 ? [`${leftInQueues} messages are left in the queues`] : []),
      ...(missed > 0 ? [`${scheduled} runs of the schedule, for ${slots.least} to ${slots.most} slots`] : []),
    ],
  };
}
