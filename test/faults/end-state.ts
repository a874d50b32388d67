/** What must hold once nothing goes wrong any more and the world has come to rest. */
import { createHash } from 'node:crypto';
import type { ProviderId } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { ExecutionRecord } from '../../lib/local/execution-store.ts';
import type { ScheduleSlot } from '../../lib/workflow/ports.ts';
import { flowOf } from './flows.ts';
import { AFTER_LEASE_MS } from './live.ts';

export interface AcceptedJob {
  readonly provider: ProviderId;
  readonly runId: string;
  readonly jobId: string;
}

export interface EndState {
  readonly runs: readonly Run[];
  /** Keys of the requests that somebody was told are accepted. */
  readonly acknowledged: ReadonlySet<string>;
  readonly accepted: readonly AcceptedJob[];
  /** Slots of schedules whose time has come, as `flow slot`, and what became of them. */
  readonly due: readonly string[];
  readonly slots: readonly ScheduleSlot[];
  /** When each schedule was first seen, by flow. */
  readonly schedulesSince: ReadonlyMap<string, number>;
  readonly executions: readonly ExecutionRecord[];
  readonly historyLength: (name: string) => number;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of the replies that came whole, by the run that fetched them. */
  readonly served: ReadonlyMap<string, ReadonlySet<string>>;
  /** Bodies of what is in the fallout queue, or has been taken from it. */
  readonly notices: readonly string[];
  /** Bodies of what nobody could take. */
  readonly dead: readonly string[];
  /** Runs that hold a slot of their connection, with the end of their lease. */
  readonly holders: readonly { readonly runId: string; readonly leaseUntil: number }[];
  /** The state machine was away for longer than a deadline may bear. */
  readonly stoodStill: boolean;
  readonly atMs: number;
}

type Check = (state: EndState) => readonly string[];

/** Two sweeps after a slot was missed, it has been noticed. */
const NOTICED_MS = 300_000;

/** A schedule is looked after from the first sweep on that has seen it. */
const slotsAreRecorded: Check = ({ runs, due, slots, schedulesSince, atMs }) => {
  const told = new Set(slots.map(({ flowId, slot }) => `${flowId} ${slot}`));
  const begun = new Set(slots.map(({ runId }) => runId));
  return [
    ...due
      .filter((name) => {
        const [flowId = '', slot = ''] = name.split(' ');
        const slotMs = Date.parse(slot);
        const isNoticed = slotMs > (schedulesSince.get(flowId) ?? atMs) && slotMs + NOTICED_MS < atMs;
        return isNoticed && !told.has(name);
      })
      .map((name) => `nothing became of the slot ${name}`),
    ...runs
      .filter(({ trigger, id }) => trigger === 'schedule' && !begun.has(id))
      .map(({ id }) => `${id} was begun by a slot that knows nothing of it`),
  ];
};

const acknowledgedIsRecorded: Check = ({ runs, acknowledged, dead }) => {
  const keys = new Set(runs.map(({ businessKey }) => businessKey));
  return [...acknowledged]
    .filter((key) => !keys.has(key) && !dead.some((body) => body.includes(key)))
    .map((key) => `the request ${key} was acknowledged and has no run`);
};

/** Some platforms answer with the result and no id: then the result is the record. */
function isRecorded(run: Run, jobId: string): boolean {
  const ids = [run.remoteId, ...(run.orphans ?? []), ...(run.pastAttempts ?? []).map(({ remoteId }) => remoteId)];
  return ids.includes(jobId) || run.status === 'FALLOUT' || run.lateVerdict !== undefined || isSettledAtOnce(run);
}

const isSettledAtOnce = (run: Run) => run.remoteId === undefined && run.status === flowOf(run.flowId).verdict;

const noOrphans: Check = ({ runs, accepted }) => {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return accepted.flatMap(({ provider, runId, jobId }) => {
    const run = byId.get(runId);
    if (run !== undefined && isRecorded(run, jobId)) return [];
    return [`${provider} has the job ${jobId} of ${runId} (${run?.status ?? 'no record'}), which is recorded nowhere`];
  });
};

const oneLiveGeneration: Check = ({ executions }) => {
  const live = executions.filter(({ status }) => status === 'RUNNING').map(({ name }) => name);
  return live.map((name) => `the execution ${name} still runs`);
};

const MAX_HISTORY = 25_000;

const historiesAreShort: Check = ({ executions, historyLength }) =>
  executions.filter(({ name }) => historyLength(name) >= MAX_HISTORY).map(({ name }) => `${name} filled its history`);

/** As the bucket has it, as the record says, and as the platform sent it. */
const outputsAreWhole: Check = ({ runs, objects, served }) =>
  runs.flatMap(({ id, flowId, status, output }) => {
    const { writes = false, verdict } = flowOf(flowId);
    const isMissing = writes && status === verdict && output?.missing === undefined && output?.files.length !== 1;
    const unwhole = (output?.files ?? []).flatMap(({ key, sha256, bytes }) => {
      const stored = objects.get(key);
      if (stored === undefined) return [`${id} has the output ${key}, which is not there`];
      const isWhole = stored.length === bytes && createHash('sha256').update(stored).digest('hex') === sha256;
      if (!isWhole || !key.includes(id)) return [`the output ${key} of ${id} is not what was recorded`];
      return served.get(id)?.has(sha256) ? [] : [`the output ${key} of ${id} is not what was sent`];
    });
    return [...(isMissing ? [`${id} is ${status} without the document of its job`] : []), ...unwhole];
  });

const allHaveEnded: Check = ({ runs }) =>
  runs.filter(({ status }) => !isTerminal(status)).map(({ id, status }) => `${id} is still ${status}`);

/** Jobs take a minute and deadlines leave time for all that may come: what is late was forgotten meanwhile. */
const nothingIsLate: Check = ({ runs, stoodStill }) =>
  runs
    .filter(({ status }) => status === 'TIMED_OUT' && !stoodStill)
    .map(({ id }) => `${id} is late, and nothing kept it`);

/** The same notice may come twice, but no two that tell different things of one run. */
const falloutIsTold: Check = ({ runs, notices }) =>
  runs.flatMap(({ id, status, fallout }) => {
    const told = new Set(notices.filter((body) => body.includes(id)));
    const isTold = status !== 'FALLOUT' || [...told].some((body) => body.includes(fallout?.reason ?? ''));
    if (!isTold) return [`nobody was told that ${id} fell out (${fallout?.reason})`];
    return told.size > 1 ? [`${told.size} different notices tell of ${id}`] : [];
  });

const nothingHealthyIsDead: Check = ({ runs, dead }) =>
  runs
    .filter(({ businessKey }) => businessKey !== undefined && dead.some((body) => body.includes(businessKey)))
    .map(({ id }) => `the message of ${id} is among the dead, and the run is fine`);

const nothingIsHeld: Check = ({ runs, holders, atMs }) => {
  const ended = new Set(runs.filter(({ status }) => isTerminal(status)).map(({ id }) => id));
  return holders
    .filter(({ runId, leaseUntil }) => ended.has(runId) && leaseUntil + AFTER_LEASE_MS < atMs)
    .map(({ runId }) => `${runId} has ended and holds a slot`);
};

export const END_CHECKS: Readonly<Record<string, Check>> = {
  I1: (state) => [...acknowledgedIsRecorded(state), ...slotsAreRecorded(state)],
  I6: noOrphans,
  I11: historiesAreShort,
  I14: oneLiveGeneration,
  I15: outputsAreWhole,
  I16: (state) => [...allHaveEnded(state), ...nothingIsLate(state)],
  I17: falloutIsTold,
  I18: nothingHealthyIsDead,
  I19: nothingIsHeld,
};
