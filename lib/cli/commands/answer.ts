/** `errand answer`: gives a waiting run its input, or shows what it asks. */

import { shellWord } from '../config/typed.ts';
import { command } from '../frame/errand-command.ts';
import { type Column, harmless, textTable } from '../frame/errand-table.ts';
import { pairsOf, readJsonObject } from '../frame/option-pairs.ts';
import { fieldsOf, typedAnswer } from '../runs/answer-form.ts';
import { waitingWords } from '../runs/run-words.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';

export const answerCommand = command({
  meta: { name: 'answer', description: 'Gives a waiting run its input; without values, shows what it asks' },
  args: {
    run: runArg,
    value: { type: 'string', valueHint: 'NAME=VALUE', description: 'a field of the form; may be given repeatedly' },
    values: { type: 'string', valueHint: 'FILE', description: 'all fields as a JSON object; - reads standard input' },
    ...apiArgs,
  },
  repeatable: ['value'],
  examples: [
    ['answer last', 'what it asks'],
    ['answer last --value city=Graz --value startDate=2026-09-01', 'gives the answer'],
    ['answer last --values answer.json', 'the same from a file, so that no other user of this machine can read it'],
  ],
  async run({ args, all }) {
    const desk = await deskOf(args);
    const run = await desk.run(args.run);
    if (all('value').length === 0 && args.values === undefined) return showQuestion(run, args.json ?? false);
    const types = new Map(fieldsOf(run.waitingFor?.form).map(({ name, type }) => [name, type]));
    const given = Object.entries(pairsOf('--value', all('value')));
    const values = {
      ...(args.values === undefined ? {} : await readJsonObject('--values', args.values)),
      ...Object.fromEntries(given.map(([name, text]) => [name, typedAnswer(types.get(name), text)])),
    };
    const answered = await desk.answer(run.id, values);
    if (args.json) return printJson(answered);
    return console.log(
      `The platform has the answer, or will have it shortly; the run is ${answered.status}. Look at it: errand show ${run.id}`,
    );
  },
});

const COLUMNS: readonly Column<ReturnType<typeof fieldsOf>[number]>[] = [
  ['FIELD', ({ name }) => name],
  ['QUESTION', ({ title }) => title ?? ''],
  ['TYPE', ({ type, choices }) => choices?.map((choice) => JSON.stringify(choice)).join(', ') ?? type ?? ''],
  ['', ({ isRequired }) => (isRequired ? 'required' : '')],
];

function showQuestion(run: ShownRun, json: boolean): void {
  const { id, status, waitingFor } = run;
  if (json) printJson({ id, status, ...(waitingFor && { waitingFor }) });
  else console.log(questionLines(run).join('\n'));
}

function questionLines(run: ShownRun): readonly string[] {
  const { id, status, waitingFor } = run;
  if (status !== 'WAITING_FOR_INPUT') return [`The run ${id} does not wait for input: it is ${status}.`];
  const fields = fieldsOf(waitingFor?.form);
  const example = fields.map(({ name }) => `--value ${shellWord(harmless(name))}=…`).join(' ');
  return [
    waitingWords(run) ?? '',
    ...(fields.length === 0 ? [] : [textTable(COLUMNS, fields)]),
    ...(waitingFor?.answerable === true && example !== '' ? [`Answer it: errand answer ${id} ${example}`] : []),
  ];
}
