/** What the API answers, by its own schemas. Types only: nothing of them is in the page. */
import type { z } from 'zod';
import type { connectionSchema } from '../../api/schemas/connection.ts';
import type { flowSchema } from '../../api/schemas/flow.ts';
import type { ownKeySchema } from '../../api/schemas/key.ts';
import type { outputSchema } from '../../api/schemas/output.ts';
import type { runSchema } from '../../api/schemas/run.ts';
import type { runEventSchema } from '../../api/schemas/timeline.ts';

/** The state machine as it was synthesised, laid out for drawing. */
export type { WorkflowEdge as MachineEdge, WorkflowGraph as Machine } from '../../domain/workflow-graph.ts';

export type Run = z.output<typeof runSchema>;
export type RunEvent = z.output<typeof runEventSchema>;
export type Flow = z.output<typeof flowSchema>;
export type Connection = z.output<typeof connectionSchema>;
export type OwnKey = z.output<typeof ownKeySchema>;
export type Output = z.output<typeof outputSchema>;
export type OutputFile = Output['files'][number];

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

/** How long runs of a flow took, ascending, and when a run that starts now would be looked at. All in milliseconds. */
export interface Durations {
  readonly durationsMs: readonly number[];
  readonly runs: number;
  readonly p05Ms?: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly plannedLooksMs: readonly number[];
  readonly historyBy?: string;
}

export type Decision =
  | { readonly decision: 'adopt'; readonly remoteId: string; readonly reason: string }
  | { readonly decision: 'not-started'; readonly reason: string }
  | { readonly decision: 'close'; readonly status: 'SUCCEEDED' | 'FAILED' | 'CANCELED'; readonly reason: string };
