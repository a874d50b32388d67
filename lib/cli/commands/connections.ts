/** `errand connections`: how the platforms are, and holding calls back from them. */

import { openConnectionsDesk } from '../connections/connections-desk.ts';
import { connectionsTable } from '../connections/connections-table.ts';
import { command } from '../frame/errand-command.ts';
import { harmless, minuteOf } from '../frame/errand-table.ts';
import { apiArgs, printJson } from '../target/api-args.ts';
import { apiTargetOf, type TargetOptions } from '../target/errand-target.ts';

const connection = { type: 'positional', required: true, description: 'its name in errand.config.ts' } as const;

const deskOf = async (options: TargetOptions) => openConnectionsDesk(await apiTargetOf(options, process.env));

async function printList(args: TargetOptions & { readonly json?: boolean | undefined }): Promise<void> {
  const items = await (await deskOf(args)).list();
  if (args.json) printJson({ items });
  else
    console.log(items.length === 0 ? 'There are no connections that this API key may see.' : connectionsTable(items));
}

const list = command({
  meta: { name: 'list', description: 'Lists the connections with what is known of each' },
  args: apiArgs,
  examples: [
    ['connections list', 'those of the Errand on this machine; so does "errand connections"'],
    ['connections list --stack Errand --json', 'those of a stack, for programs'],
  ],
  run: ({ args }) => printList(args),
});

const pause = command({
  meta: { name: 'pause', description: 'Holds back all calls to a platform until it is resumed' },
  args: {
    connection,
    reason: { type: 'string', valueHint: 'TEXT', description: 'shown to whoever wonders' },
    ...apiArgs,
  },
  examples: [
    [
      'connections pause bryter --reason "Maintenance until six"',
      'runs are accepted and wait; what runs there goes on',
    ],
  ],
  async run({ args }) {
    const paused = await (await deskOf(args)).pause(args.connection, args.reason);
    if (args.json) printJson(paused);
    else console.log(harmless(pauseWords(args.connection, paused.paused)));
  },
});

function pauseWords(id: string, paused?: { readonly at: string; readonly reason?: string }): string {
  const since = paused === undefined ? '' : ` since ${minuteOf(paused.at)}`;
  const reason = paused?.reason === undefined ? '' : ` (${paused.reason})`;
  return `The connection ${id} is paused${since}${reason}. "errand connections resume ${id}" ends that.`;
}

const resume = command({
  meta: { name: 'resume', description: 'Ends a pause' },
  args: { connection, ...apiArgs },
  examples: [['connections resume bryter', 'runs that waited come back within minutes, not all at once']],
  async run({ args }) {
    const resumed = await (await deskOf(args)).resume(args.connection);
    const is = resumed.state === 'ok' ? '' : ` It is "${resumed.state}" now.`;
    if (args.json) printJson(resumed);
    else console.log(harmless(`The connection ${args.connection} is not paused.${is}`));
  },
});

export const connectionsCommand = command({
  meta: { name: 'connections', description: 'Lists, pauses and resumes the connections to platforms' },
  args: apiArgs,
  subCommands: { list, pause, resume },
  examples: [
    ['connections', 'those of the Errand on this machine: state, runs in flight and in line, last success'],
    ...(list.examples ?? []).slice(1),
    ...(pause.examples ?? []),
    ...(resume.examples ?? []),
  ],
  run: ({ args }) => printList(args),
});
