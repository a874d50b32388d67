/** `errand flows`: what can be run, and what it takes. */
import { formatDuration } from '../../domain/duration.ts';
import { command } from '../frame/errand-command.ts';
import { type Column, harmless, harmlessLines, textTable } from '../frame/errand-table.ts';
import { localTime } from '../frame/local-times.ts';
import { typeWords } from '../runs/parameter-values.ts';
import type { ShownField, ShownFlow } from '../runs/shown-run.ts';
import { unknownFlow } from '../runs/start-input.ts';
import { apiArgs, deskOf, printJson } from '../target/api-args.ts';

export const flowsCommand = command({
  meta: { name: 'flows', description: 'Lists the flows that can be run; with a name, shows what that one takes' },
  args: { flow: { type: 'positional', required: false, description: 'one of them' }, ...apiArgs },
  examples: [
    ['flows', 'all of them'],
    ['flows onboard-employee', 'its parameters, schedule and usual duration'],
    ['flows onboard-employee --json', 'for programs, with the JSON Schema of its parameters'],
  ],
  async run({ args }) {
    const desk = await deskOf(args);
    if (args.flow === undefined) {
      const items = await desk.flows();
      if (args.json) return printJson({ items });
      return console.log(
        items.length === 0 ? 'There are no flows that this API key may see.' : textTable(FLOWS, items),
      );
    }
    const flow = await desk.flow(args.flow);
    if (flow === undefined)
      throw unknownFlow(
        args.flow,
        (await desk.flows()).map(({ id }) => id),
      );
    return args.json ? printJson(flow) : console.log(harmlessLines(flowLines(flow).join('\n')));
  },
});

const FLOWS: readonly Column<ShownFlow>[] = [
  ['FLOW', ({ id }) => id],
  ['CONNECTION', ({ connection }) => connection],
  ['TAKES', takes],
  ['USUALLY', ({ duration }) => (duration.p50Ms === undefined ? '' : formatDuration(duration.p50Ms))],
  ['DESCRIPTION', ({ description }) => description ?? ''],
];

/** Parameters in square brackets may be left out. */
function takes({ rawBody, parametersSchema: { properties, required } }: ShownFlow): string {
  if (rawBody === true) return 'a body';
  const names = Object.keys(properties).map((name) => (required.includes(name) ? name : `[${name}]`));
  return names.join(' ');
}

type Parameter = ShownField & { readonly name: string; readonly isRequired: boolean };

const PARAMETERS: readonly Column<Parameter>[] = [
  ['PARAMETER', ({ name }) => name],
  ['TYPE', (field) => typeWords(field)],
  [
    '',
    ({ isRequired, default: value }) =>
      isRequired ? 'required' : value === undefined ? '' : `else ${JSON.stringify(value)}`,
  ],
  ['', ({ writeOnly }) => (writeOnly === true ? 'kept secret' : '')],
  ['DESCRIPTION', ({ description }) => description ?? ''],
];

function flowLines(flow: ShownFlow): readonly string[] {
  const { id, provider, connection, description, schedule, duration, parametersSchema } = flow;
  const { properties, required } = parametersSchema;
  const parameters = Object.entries(properties).map(([name, field]) => ({
    ...field,
    name,
    isRequired: required.includes(name),
  }));
  const options = parameters.filter(({ isRequired }) => isRequired).map(({ name }) => ` --param ${name}=…`);
  const start = flow.rawBody === true ? ' --body FILE' : options.join('');
  const { p50Ms, p95Ms, runs } = duration;
  const usual =
    p50Ms === undefined || p95Ms === undefined
      ? 'not known yet'
      : `half of the runs end within ${formatDuration(p50Ms)}, 95 % within ${formatDuration(p95Ms)} (from ${runs ?? '?'} runs)`;
  return [
    `${id}  on ${connection} (${provider})`,
    ...(description === undefined ? [] : [harmless(description)]),
    `Duration: ${usual}. Deadline: ${deadlineWords(flow.deadline)}.`,
    ...(schedule === undefined
      ? []
      : [`Schedule: ${schedule.cron} (${schedule.timezone})${nextWords(schedule.nextAt)}.`]),
    ...(parameters.length === 0 ? [] : ['', textTable(PARAMETERS, parameters)]),
    '',
    `Start it: errand run ${id}${start} --wait`,
  ];
}

const nextWords = (at: string | undefined) => (at === undefined ? '' : `, next at ${localTime(at)}`);

/** PT1H30M as `1h 30m`. */
function deadlineWords(text: string): string {
  const words = text.replaceAll(/[PT]/g, '').replaceAll(/([DHMS])/g, '$1 ');
  return words.trim().toLowerCase();
}
