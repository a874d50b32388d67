/** `errand cancel`: calls a run off, and says what its platform made of that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { whileAway } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';
import { cancelWords } from '../runs/run-head.ts';
import { hasEnded } from '../runs/run-words.ts';
import type { RunsDesk } from '../runs/runs-desk.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';

/** Most platforms answer within a second. */
const WAIT_MS = 15_000;
const LOOK_MS = 300;

export const cancelCommand = command({
  meta: { name: 'cancel', description: 'Cancels a run, and says what its platform confirmed' },
  args: { run: runArg, ...apiArgs },
  examples: [
    ['cancel last', 'the newest run'],
    ['cancel run_01KB3V8XTQ0F5M2R9WJ4C7ZD6E --json', 'the run as it is then, for programs'],
  ],
  async run({ args }) {
    const desk = await deskOf(args);
    const { id } = await desk.run(args.run);
    const run = await settled(desk, await desk.cancel(id));
    if (args.json) return printJson(run);
    const state = hasEnded(run) ? `The run ${id} is ${run.status}` : `The run ${id} is being canceled`;
    // Before the start there is nobody to ask.
    const remote =
      run.startedAt === undefined && hasEnded(run) ? 'nothing had been started' : cancelWords(run.cancel?.remote);
    return console.log(`${state}; ${remote}.`);
  },
});

async function settled(desk: RunsDesk, canceled: ShownRun): Promise<ShownRun> {
  let run = canceled;
  for (const until = Date.now() + WAIT_MS; !hasEnded(run) && Date.now() < until; ) {
    await sleep(LOOK_MS);
    const looked = await desk.run(run.id).catch(whileAway);
    // It is called off whether or not that can be looked at.
    if (looked === undefined) return run;
    run = looked;
  }
  return run;
}
