/** What happened in a world, as somebody sees it who sees everything: the history that the invariants are held against. */
import type { ProviderId } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ScheduleSlot } from '../../lib/workflow/ports.ts';
import type { Effect } from './fault-kinds.ts';
import type { Invocation } from './stage.ts';

export type Fact =
  /** A caller's operation: begun, done, refused, or nobody knows. */
  | {
      readonly type: 'operation';
      readonly what: 'start' | 'cancel' | 'message';
      readonly key: string;
      readonly phase: 'invoke' | 'ok' | 'fail' | 'info';
    }
  /** A version of a run reached the table. */
  | { readonly type: 'record'; readonly run: Run; readonly before: Run | undefined; readonly bytes: number }
  /** Step Functions was asked for an execution. */
  | { readonly type: 'execution'; readonly name: string; readonly input: string }
  /** A platform took a job. */
  | {
      readonly type: 'accepted';
      readonly provider: ProviderId;
      readonly nth: number;
      readonly runId: string;
      readonly attempt: number;
      /** When the job will have ended, if nobody stops it. */
      readonly endsAtMs: number;
    }
  /** What became of a slot of a schedule. */
  | { readonly type: 'slot'; readonly slot: ScheduleSlot }
  /** A request left for a platform. */
  | { readonly type: 'sent'; readonly call: Effect; readonly invocation: Invocation }
  /** What it said, where that is more than a status. */
  | {
      readonly type: 'answered';
      readonly invocation: Invocation;
      readonly status: number;
      readonly retryAfterMs: number | undefined;
    }
  /** What a function told its caller. */
  | { readonly type: 'output'; readonly invocation: Invocation; readonly bytes: number }
  /** Something became readable there. */
  | { readonly type: 'text'; readonly sink: string; readonly text: string };

export type Dated = Fact & { readonly atMs: number };

export interface Violation {
  /** Number of the invariant: `I3`. */
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

/** The same for the same seed, whatever else its thread has done before. */
export function textOf(fact: Dated): string {
  if (fact.type === 'text') return `${fact.atMs} ${fact.sink} ${fact.text}\n`;
  // Its text has been told.
  if (fact.type === 'record') return `${fact.atMs} ${fact.run.id} ${fact.run.version}\n`;
  if (fact.type === 'sent' || fact.type === 'answered' || fact.type === 'output') {
    const { invocation, ...rest } = fact;
    return `${JSON.stringify({ ...rest, by: invocation.name, runId: invocation.runId })}\n`;
  }
  return `${JSON.stringify(fact)}\n`;
}
