/** `errand rerun`: a new run with the parameters of an old one. */

import { command } from '../frame/errand-command.ts';
import { FOLLOW_CODES, followRun } from '../runs/follow-run.ts';
import { startKeyOf } from '../runs/start-key.ts';
import { apiArgs, deskOf, runArg } from '../target/api-args.ts';

export const rerunCommand = command({
  meta: { name: 'rerun', description: 'Starts a new run with the parameters of one that has ended' },
  args: {
    run: runArg,
    wait: { type: 'boolean', description: 'show how it goes until it has ended' },
    key: {
      type: 'string',
      valueHint: 'TEXT',
      description: 'idempotency key: the same key never starts twice (random)',
    },
    ...apiArgs,
  },
  examples: [
    ['rerun last --wait', 'the newest run once more'],
    ['rerun run_01KB3V8XTQ0F5M2R9WJ4C7ZD6E', 'starts it and prints the id of the new run'],
  ],
  codes: FOLLOW_CODES,
  async run({ args }) {
    const key = startKeyOf(args.key);
    const desk = await deskOf(args);
    const { id } = await desk.run(args.run);
    return followRun(desk, await desk.rerun(id, key), args);
  },
});
