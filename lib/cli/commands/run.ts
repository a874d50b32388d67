/** `errand run`: starts a flow, and waits for its end where that is wanted. */
import { parseDuration } from '../../domain/duration.ts';
import { CommandError } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';
import { pairsOf, readGiven, readJsonObject } from '../frame/option-pairs.ts';
import { FOLLOW_CODES, followRun } from '../runs/follow-run.ts';
import type { RunsDesk, StartBody } from '../runs/runs-desk.ts';
import { type Input, inputOf } from '../runs/start-input.ts';
import { startKeyOf } from '../runs/start-key.ts';
import { apiArgs, deskOf } from '../target/api-args.ts';

export const runCommand = command({
  meta: { name: 'run', description: 'Starts a run of a flow' },
  args: {
    flow: { type: 'positional', required: true, description: 'its name, as "errand flows" shows it' },
    param: { type: 'string', valueHint: 'NAME=VALUE', description: 'a parameter of the flow; may be given repeatedly' },
    params: { type: 'string', valueHint: 'FILE', description: 'parameters as a JSON object; - reads standard input' },
    body: { type: 'string', valueHint: 'FILE', description: 'body of a flow that takes the platform’s own; or -' },
    wait: { type: 'boolean', description: 'show how it goes until it has ended' },
    key: {
      type: 'string',
      valueHint: 'TEXT',
      description: 'idempotency key: the same key never starts twice (random)',
    },
    'business-key': { type: 'string', valueHint: 'TEXT', description: 'your own name for it, to find it by' },
    tag: { type: 'string', valueHint: 'NAME=VALUE', description: 'kept with the run; may be given repeatedly' },
    timeout: {
      type: 'string',
      valueHint: 'TIME',
      description: 'gives up after 90s, 10m, 2h or 7d (the flow’s deadline)',
    },
    ...apiArgs,
  },
  repeatable: ['param', 'tag'],
  examples: [
    [
      'run onboard-employee --param employeeName="Jane Roe" --param startDate=2026-09-01 --wait',
      'starts it and watches',
    ],
    ['run update-forecast', 'starts it and prints its id'],
    ['run update-forecast --key forecast-2026-09 --wait --json', 'once however often it is called; for programs'],
    ['run write-offer --params offer.json --business-key offer-17 --tag team=sales', 'parameters from a file'],
  ],
  codes: FOLLOW_CODES,
  async run({ args, all }) {
    if (args.params === '-' && args.body === '-')
      throw new CommandError('--params - and --body - both read the standard input. Use a file for one of them.');
    const given: Input = {
      pairs: all('param'),
      ...(args.params === undefined ? {} : { parameters: await readJsonObject('--params', args.params) }),
      ...(args.body === undefined ? {} : { body: await readGiven('--body', args.body) }),
    };
    const more = {
      ...(args['business-key'] === undefined ? {} : { businessKey: args['business-key'] }),
      ...(all('tag').length === 0 ? {} : { tags: pairsOf('--tag', all('tag')) }),
      ...(args.timeout === undefined ? {} : { timeoutMs: timeoutOf(args.timeout) }),
    };
    const key = startKeyOf(args.key);
    const desk = await deskOf(args);
    const run = await start(desk, args.flow, given, more, key);
    return followRun(desk, run, args);
  },
});

async function start(desk: RunsDesk, flowId: string, given: Input, more: StartBody, key: string) {
  const input = await inputOf(desk, flowId, given);
  return desk.start(flowId, { ...input, ...more }, key);
}

function timeoutOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new CommandError(`--timeout takes a duration such as 90s, 10m, 2h or 7d, got "${text}".`);
}
