/** `errand fallout`: what a person has to decide, and the decision. */
import { CLOSING_STATUSES } from '../../workflow/resolve-fallout.ts';
import { CommandError } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';
import { harmless } from '../frame/errand-table.ts';
import { paintFor } from '../frame/status-paint.ts';
import { falloutLines } from '../runs/fallout-words.ts';
import { limitOf } from '../runs/run-filters.ts';
import type { Decision } from '../runs/runs-desk.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';
import type { TargetOptions } from '../target/errand-target.ts';

const listArgs = {
  limit: { type: 'string', valueHint: 'N', default: '20', description: 'at most so many (20)' },
  flow: { type: 'string', valueHint: 'FLOW', description: 'of this flow' },
  ...apiArgs,
} as const;

interface ListOptions extends TargetOptions {
  readonly limit: string;
  readonly flow?: string | undefined;
  readonly json?: boolean | undefined;
}

async function printList(args: ListOptions): Promise<void> {
  const filters = { status: ['FALLOUT'], ...(args.flow === undefined ? {} : { flow: args.flow }) };
  const items = await (await deskOf(args)).list(filters, limitOf(args.limit));
  if (args.json) return printJson({ items });
  if (items.length === 0) return console.log('Nothing waits for a decision.');
  const [now, paint] = [Date.now(), paintFor(process.stdout)];
  return console.log(items.map((run) => falloutLines(run, now, paint).join('\n')).join('\n\n'));
}

const list = command({
  meta: { name: 'list', description: 'Lists the runs that wait for a decision, with what is known of each' },
  args: listArgs,
  examples: [
    ['fallout list', 'what waits, why, and what can be done; so does "errand fallout"'],
    ['fallout list --flow write-offer --json', 'of one flow, for programs'],
  ],
  run: ({ args }) => printList(args),
});

const resolve = command({
  meta: { name: 'resolve', description: 'Decides on a run; the reason is kept in its timeline' },
  args: {
    run: runArg,
    adopt: { type: 'string', valueHint: 'ID', description: 'it was started: this is its id at the platform; look on' },
    'not-started': { type: 'boolean', description: 'nothing was started: start it now' },
    close: { type: 'string', valueHint: 'STATUS', description: `end it as ${CLOSING_STATUSES.join(', ')}` },
    reason: { type: 'string', required: true, valueHint: 'TEXT', description: 'how you know' },
    ...apiArgs,
  },
  examples: [
    ['fallout resolve last --adopt V6c_8e2PTnKq1sX0bWm4Dg --reason "Found in the list of sessions"', 'it goes on'],
    ['fallout resolve last --not-started --reason "No session at that time"', 'it is started now'],
    ['fallout resolve last --close FAILED --reason "Done by hand"', 'it has ended'],
  ],
  async run({ args }) {
    const decision = decisionOf(args);
    const desk = await deskOf(args);
    const { id } = await desk.run(args.run);
    const run = await desk.resolve(id, decision);
    if (args.json) return printJson(run);
    return console.log(harmless(`The run ${id} is ${run.status} now. Look at it: errand show ${id}`));
  },
});

interface DecisionOptions {
  readonly adopt?: string | undefined;
  readonly 'not-started'?: boolean | undefined;
  readonly close?: string | undefined;
  readonly reason: string;
}

/** @throws CommandError unless exactly one decision is taken. */
function decisionOf(args: DecisionOptions): Decision {
  const { adopt, close, reason } = args;
  const decisions: readonly Decision[] = [
    ...(adopt === undefined ? [] : [{ decision: 'adopt', remoteId: adopt, reason } as const]),
    ...(args['not-started'] === true ? [{ decision: 'not-started', reason } as const] : []),
    ...(close === undefined ? [] : [{ decision: 'close', status: closingStatus(close), reason } as const]),
  ];
  const [decision, ...more] = decisions;
  if (decision !== undefined && more.length === 0) return decision;
  throw new CommandError('Say one of --adopt ID, --not-started and --close STATUS.');
}

function closingStatus(given: string): string {
  const known = CLOSING_STATUSES.find((status) => status === given.toUpperCase());
  if (known !== undefined) return known;
  throw new CommandError(`--close takes ${CLOSING_STATUSES.join(', ')}, got "${given.slice(0, 40)}".`);
}

export const falloutCommand = command({
  meta: { name: 'fallout', description: 'Lists the runs that wait for a decision, and takes it' },
  args: listArgs,
  subCommands: { list, resolve },
  examples: [
    ['fallout', 'what waits, why, and what can be done'],
    ...(list.examples ?? []).slice(1),
    ...(resolve.examples ?? []),
  ],
  run: ({ args }) => printList(args),
});
