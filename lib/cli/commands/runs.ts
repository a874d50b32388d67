/** `errand runs`: what has run and what is running. */

import { command } from '../frame/errand-command.ts';
import { paintFor } from '../frame/status-paint.ts';
import { filtersOf, limitOf } from '../runs/run-filters.ts';
import { openRunsDesk } from '../runs/runs-desk.ts';
import { runsTable } from '../runs/runs-table.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { watchRuns } from '../runs/watch-runs.ts';
import { apiArgs, deskOf, printJson } from '../target/api-args.ts';

export const runsCommand = command({
  meta: { name: 'runs', description: 'Lists runs, the newest first' },
  args: {
    status: { type: 'string', valueHint: 'STATUS', description: 'such as RUNNING or FAILED; may be given repeatedly' },
    flow: { type: 'string', valueHint: 'FLOW', description: 'runs of this flow' },
    'business-key': { type: 'string', valueHint: 'TEXT', description: 'your own name for a run' },
    'remote-id': { type: 'string', valueHint: 'ID', description: 'the platform’s name for a run' },
    from: { type: 'string', valueHint: 'WHEN', description: 'accepted since: 2026-08-31, an ISO time, or 2h (ago)' },
    to: { type: 'string', valueHint: 'WHEN', description: 'accepted before' },
    limit: { type: 'string', valueHint: 'N', default: '20', description: 'at most so many (20)' },
    watch: { type: 'boolean', description: 'show how it changes, on a terminal, until Ctrl-C' },
    ...apiArgs,
  },
  repeatable: ['status'],
  examples: [
    ['runs', 'the newest twenty'],
    ['runs --status FAILED --status FALLOUT --from 24h', 'what went wrong since yesterday'],
    ['runs --status RUNNING --status WAITING_FOR_INPUT --watch', 'what is going on, as it goes on'],
    ['runs --flow write-offer --business-key offer-17 --json', 'for programs'],
    ['runs --remote-id V6c_8e2PTnKq1sX0bWm4Dg', 'the run behind a job at the platform'],
  ],
  async run({ args, all }) {
    const limit = limitOf(args.limit);
    const filters = () => filtersOf(args, all('status'), Date.now());
    const isFiltered = Object.keys(filters()).length > 0;
    const desk = await deskOf(args);
    const table = async (signal?: AbortSignal) =>
      runsText(await openRunsDesk(desk.target, signal).list(filters(), limit), isFiltered);
    if (args.json) return printJson({ items: await desk.list(filters(), limit) });
    if (args.watch) return watchRuns(table);
    return console.log(await table());
  },
});

function runsText(items: readonly ShownRun[], isFiltered: boolean): string {
  if (items.length > 0) return runsTable(items, Date.now(), paintFor(process.stdout));
  return isFiltered ? 'No run is like that.' : 'There are no runs yet. "errand flows" shows what can be run.';
}
