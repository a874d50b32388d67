/** A platform under load: jobs that take their time, limits that it enforces as platforms do, outages, keys that are refused. */
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
} from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import type { VirtualTime } from './virtual-time.ts';

const WINDOW_MS = 60_000;

export interface LoadPlatformOptions {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly durationMs: (index: number) => number;
  /** How long a request travels and is answered, on average. */
  readonly callMs?: number;
  /** Counted over the last sixty seconds and over each minute of the clock; one too many is refused with 429. */
  readonly perMinute?: number;
  readonly isUp?: (now: number) => boolean;
  readonly isKeyGood?: (key: string) => boolean;
  /** It refuses a key with the same answer as when it does not know a run. */
  readonly disguisesRefusals?: boolean;
  /** It has outputs to fetch. */
  readonly hasOutput?: boolean;
  /** It does not say when a job ended. */
  readonly hidesEnds?: boolean;
  /** It stops jobs when asked. */
  readonly canCancel?: boolean;
}

export type RequestKind = 'start' | 'poll' | 'fetchOutput' | 'cancel';

export interface LoadRequest {
  /** When it left us. */
  readonly sentAt: number;
  /** When it arrived. */
  readonly at: number;
  readonly kind: RequestKind;
  readonly runId: string;
  readonly outcome: 'ok' | 'down' | 'refused' | 'throttled';
}

export interface LoadJob {
  readonly runId: string;
  readonly startedMs: number;
  endsMs: number;
  state: 'runs' | 'stopped';
}

export interface LoadPlatform {
  /** @param key what `isKeyGood` is asked about. */
  session(key?: string): ProviderSession;
  /** All that were sent, in the order of their arrival. */
  readonly requests: LoadRequest[];
  readonly jobs: LoadJob[];
  count(outcome: LoadRequest['outcome'], kind?: RequestKind): number;
  /** The most jobs that ran at once. */
  peakInFlight(): number;
  /** The most requests that left us within any so many milliseconds, between two instants. */
  peakRequests(withinMs: number, fromMs?: number, untilMs?: number): number;
}

export function createLoadPlatform(options: LoadPlatformOptions): LoadPlatform {
  const { time, random, callMs = 120, isUp = () => true, isKeyGood = () => true } = options;
  const requests: LoadRequest[] = [];
  const jobs: LoadJob[] = [];
  const isTooMany = createLimit(options.perMinute);

  /** Travels, is judged on arrival, and takes its answer back. */
  async function request<T>(kind: RequestKind, key: string, runId: string, act: () => T): Promise<T> {
    const sentAt = time.now();
    await time.sleep(callMs * random());
    const at = time.now();
    const outcome = !isUp(at) ? 'down' : isTooMany(at) ? 'throttled' : isKeyGood(key) ? 'ok' : 'refused';
    requests.push({ sentAt, at, kind, runId, outcome });
    const value = outcome === 'ok' ? act() : undefined;
    await time.sleep(callMs * random());
    if (outcome === 'down' && kind === 'start') throw new RequestNotSentError('The connection was refused.');
    if (outcome === 'down') throw new ReplyLostError('The reply did not come.');
    if (outcome === 'throttled') throw new ProviderThrottledError('Too many requests (429).');
    const disguised = options.disguisesRefusals === true;
    if (outcome === 'refused') throw new ProviderUnauthorizedError('The key was refused.', { disguised });
    return value as T;
  }

  const jobOf = (handle: unknown): LoadJob => {
    const job = jobs[Number(handle)];
    if (job === undefined) throw new Error(`no job ${String(handle)}`);
    return job;
  };

  const session = (key = 'key-1'): ProviderSession => ({
    start: ({ runId }) =>
      request('start', key, runId, () => {
        const index = jobs.length;
        jobs.push({ runId, startedMs: time.now(), endsMs: time.now() + options.durationMs(index), state: 'runs' });
        return { kind: 'accepted', handle: String(index), remoteId: `job-${index}`, status: 'RUNNING' } as const;
      }),
    poll: (handle) =>
      request('poll', key, jobOf(handle).runId, () => {
        const job = jobOf(handle);
        if (job.state === 'stopped') return { kind: 'ended', verdict: { status: 'CANCELED', remoteStatus: 'stopped' } };
        if (time.now() < job.endsMs) return { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
        const hints = options.hidesEnds ? {} : { hints: { finishedAt: new Date(job.endsMs).toISOString() } };
        return { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' }, ...hints };
      }),
    ...(options.hasOutput && {
      fetchOutput: (handle) =>
        request('fetchOutput', key, jobOf(handle).runId, () => ({ value: { job: String(handle) }, files: [] })),
    }),
    ...(options.canCancel && {
      cancel: (handle) =>
        request('cancel', key, jobOf(handle).runId, () => {
          const job = jobOf(handle);
          if (time.now() < job.endsMs) Object.assign(job, { state: 'stopped', endsMs: time.now() });
          return 'confirmed' as const;
        }),
    }),
  });

  return {
    session,
    requests,
    jobs,
    count: (outcome, kind) =>
      requests.filter((one) => one.outcome === outcome && (kind === undefined || one.kind === kind)).length,
    peakInFlight: () => peakOf(jobs),
    peakRequests(withinMs, fromMs = 0, untilMs = Number.POSITIVE_INFINITY) {
      const times = requests.map(({ sentAt }) => sentAt).filter((at) => at >= fromMs && at < untilMs);
      times.sort((a, b) => a - b);
      let from = 0;
      let peak = 0;
      for (const [index, at] of times.entries()) {
        while ((times[from] ?? at) <= at - withinMs) from += 1;
        peak = Math.max(peak, index - from + 1);
      }
      return peak;
    },
  };
}

/** True for a request that is one too many in the last minute or in this minute of the clock. It is counted all the same. */
function createLimit(perMinute = Number.POSITIVE_INFINITY) {
  const recent: number[] = [];
  let from = 0;
  let minute = 0;
  let inMinute = 0;
  return (at: number): boolean => {
    recent.push(at);
    while ((recent[from] ?? at) <= at - WINDOW_MS) from += 1;
    const current = Math.floor(at / WINDOW_MS);
    inMinute = current === minute ? inMinute + 1 : 1;
    minute = current;
    return recent.length - from > perMinute || inMinute > perMinute;
  };
}

function peakOf(jobs: readonly LoadJob[]): number {
  // An end frees its place for a start in the same moment.
  const changes = jobs
    .flatMap(({ startedMs, endsMs }) => [
      { at: startedMs, by: 1 },
      { at: endsMs, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let running = 0;
  let peak = 0;
  for (const { by } of changes) {
    running += by;
    peak = Math.max(peak, running);
  }
  return peak;
}
