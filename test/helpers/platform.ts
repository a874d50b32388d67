/** A platform in memory: jobs that take their time, can or cannot be stopped, ask questions; every call counted. */

import { ProviderRefusedError } from '../../lib/domain/errors.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';

export interface Job {
  readonly remoteId: string;
  readonly startedMs: number;
  endedMs?: number;
  state: 'running' | 'done' | 'stopped';
  answers: JsonObject[];
}

export interface PlatformOptions {
  /** Of a job, in milliseconds. */
  readonly durationMs?: number;
  /** What asking to stop does. Undefined: the platform has no such call. */
  readonly cancel?: 'confirms' | 'says nothing' | 'breaks' | 'too late' | undefined;
  /** Asks this until it is answered. */
  readonly question?: { readonly url?: string; readonly form?: JsonObject } | undefined;
  readonly takesAnswers?: boolean;
  readonly canFind?: boolean;
}

export interface Platform {
  readonly session: ProviderSession;
  readonly jobs: Job[];
  readonly calls: Record<'start' | 'poll' | 'cancel' | 'answer' | 'find', number>;
}

export function createPlatform(now: () => number, options: PlatformOptions = {}): Platform {
  const { durationMs = 600_000, question, takesAnswers = false, canFind = false } = options;
  const jobs: Job[] = [];
  const calls = { start: 0, poll: 0, cancel: 0, answer: 0, find: 0 };
  const jobOf = (handle: unknown): Job => {
    const job = jobs.find(({ remoteId }) => remoteId === handle);
    if (job === undefined) throw new Error(`no job ${String(handle)}`);
    if (job.state === 'running' && question === undefined && now() - job.startedMs >= durationMs)
      Object.assign(job, { state: 'done', endedMs: now() });
    return job;
  };
  const look = (handle: unknown): Look => {
    const job = jobOf(handle);
    if (job.state === 'done') return { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } };
    if (job.state === 'stopped') return { kind: 'ended', verdict: { status: 'CANCELED', remoteStatus: 'stopped' } };
    if (question !== undefined) return { kind: 'waiting', remoteStatus: 'asks', ...question };
    return { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
  };
  const session: ProviderSession = {
    async start() {
      calls.start += 1;
      const remoteId = `job-${jobs.length + 1}`;
      jobs.push({ remoteId, startedMs: now(), state: 'running', answers: [] });
      return { kind: 'accepted', handle: remoteId, remoteId, status: 'RUNNING' };
    },
    async poll(handle) {
      calls.poll += 1;
      return look(handle);
    },
    ...(options.cancel === undefined
      ? {}
      : {
          async cancel(handle) {
            calls.cancel += 1;
            const job = jobOf(handle);
            if (options.cancel === 'breaks') throw new ProviderRefusedError('the cancellation was refused');
            if (options.cancel === 'too late') Object.assign(job, { state: 'done', endedMs: now() });
            if (options.cancel !== 'confirms') return 'unconfirmed';
            if (job.state === 'running') Object.assign(job, { state: 'stopped', endedMs: now() });
            return 'confirmed';
          },
        }),
    ...(takesAnswers
      ? {
          async answer(handle, values) {
            calls.answer += 1;
            const job = jobOf(handle);
            if (values.wrong !== undefined)
              throw new ProviderRefusedError('the answer was refused', { remoteText: 'wrong is not a field' });
            job.answers.push(values);
            Object.assign(job, { state: 'done', endedMs: now() });
            return look(handle);
          },
        }
      : {}),
    ...(canFind
      ? {
          async find() {
            calls.find += 1;
            return jobs.map(({ remoteId }) => ({ remoteId, handle: remoteId }));
          },
        }
      : {}),
  };
  return { session, jobs, calls };
}
