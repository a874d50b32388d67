/** `errand show`: what happened to a run, and why. */
import { runCost } from '../../domain/run-cost.ts';
import { command } from '../frame/errand-command.ts';
import { paintFor } from '../frame/status-paint.ts';
import { headLines } from '../runs/run-head.ts';
import { timelineLines } from '../runs/run-timeline.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';

export const showCommand = command({
  meta: { name: 'show', description: 'Shows a run: how it is, what happened and why, what it cost' },
  args: { run: runArg, ...apiArgs },
  examples: [
    ['show last', 'the newest run'],
    ['show run_01KB3V8XTQ0F5M2R9WJ4C7ZD6E', 'its head and its timeline'],
    ['show last --json', 'the run with its events and cost, for programs'],
  ],
  async run({ args }) {
    const desk = await deskOf(args);
    const run = await desk.run(args.run);
    const events = await desk.events(run.id);
    const cost = runCost(run, events);
    if (args.json) return printJson({ ...run, events, cost });
    const paint = paintFor(process.stdout);
    const lines = [...headLines(run, events, cost, Date.now(), paint), '', ...timelineLines(run, events, paint)];
    return console.log(lines.join('\n'));
  },
});
