import { z } from 'zod';
import { type SettleInput, settleInputSchema } from './machine-state.ts';

const NAME = /^(?<runId>run_[0-9A-HJKMNP-TV-Z]{26})-g(?<generation>[1-9]\d{0,5})$/;

/** What the rule for stopped executions hands over: an execution's name, which is made of run and generation. */
const stoppedExecutionSchema = z
  .object({
    execution: z.string().regex(NAME, 'expected the name of an execution'),
    failure: settleInputSchema.shape.failure,
  })
  .transform(({ execution, failure }): SettleInput => {
    const { runId = '', generation } = NAME.exec(execution)?.groups ?? {};
    return { runId, generation: Number(generation), lap: 0, failure };
  });

/** Input of the settle function, from the machine's catch-all or from the rule for stopped executions. */
export const settleEventSchema = z.union([settleInputSchema, stoppedExecutionSchema]);
