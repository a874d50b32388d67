/** What travels between the states of one execution: ids, an enum, a few numbers and short words. Budget 4 KiB. */
import { z } from 'zod';
import { NEXT } from '../contract.ts';

const runIdSchema = z.string().regex(/^run_[0-9A-HJKMNP-TV-Z]{26}$/, 'expected a run id');

/** Input of an execution: the run, and nothing volatile, so that the same start is the same input. */
export const executionInputSchema = z.object({
  runId: runIdSchema,
  /** Absent for the first. */
  generation: z.int().min(1).default(1),
});
export type ExecutionInput = z.output<typeof executionInputSchema>;

export const machineStateSchema = executionInputSchema.extend({
  lap: z.int().min(0).default(0),
  next: z.enum(Object.values(NEXT)).optional(),
  waitSeconds: z.int().min(0).optional(),
});

/** Output of every task. `status`, `remoteStatus` and `reason` are there for whoever reads the execution. */
export interface MachineState {
  readonly runId: string;
  readonly generation: number;
  readonly lap: number;
  readonly next: (typeof NEXT)[keyof typeof NEXT];
  readonly waitSeconds: number;
  readonly status: string;
  readonly remoteStatus?: string;
  readonly reason: string;
  /** Code under which a failed execution ends. */
  readonly error?: string;
}

/** What the catch-all state hands over: the last state, and what Step Functions caught. */
export const settleInputSchema = machineStateSchema.extend({
  failure: z.looseObject({ Error: z.string(), Cause: z.string().optional() }),
});
export type SettleInput = z.output<typeof settleInputSchema>;
