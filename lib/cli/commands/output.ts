/** `errand output`: what a run brought back, shown or kept. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../frame/command-error.ts';
import { command } from '../frame/errand-command.ts';
import { harmless, harmlessLines } from '../frame/errand-table.ts';
import { printPart, savePart } from '../runs/download.ts';
import { onePart, type Part, partsOf, partWords, valueText } from '../runs/output-parts.ts';
import type { RunsDesk } from '../runs/runs-desk.ts';
import type { ShownOutput } from '../runs/shown-run.ts';
import { apiArgs, deskOf, printJson, runArg } from '../target/api-args.ts';

export const outputCommand = command({
  meta: { name: 'output', description: 'Shows or saves what a run brought back' },
  args: {
    run: runArg,
    out: {
      type: 'string',
      alias: 'o',
      valueHint: 'FILE|DIR|-',
      description: 'save it: one part to a file, all into a folder, or to standard output',
    },
    file: { type: 'string', valueHint: 'NAME', description: 'only this one of several' },
    ...apiArgs,
  },
  examples: [
    ['output last', 'the value, and which files there are'],
    ['output last -o .', 'all of it into this folder'],
    ['output last --file Offer.pdf -o offer.pdf', 'one file'],
    ['output last -o - | jq .premium', 'into a program'],
  ],
  async run({ args }) {
    refuseUnclear(args);
    const desk = await deskOf(args);
    const { id } = await desk.run(args.run);
    const output = await desk.output(id);
    const out = args.out ?? (args.file === undefined ? undefined : '-');
    if (out !== undefined) return keep(desk, output, { out, file: args.file, json: args.json ?? false });
    if (args.json) return printJson(output);
    return show(output);
  },
});

interface OutputOptions {
  readonly out?: string | undefined;
  readonly file?: string | undefined;
  readonly json?: boolean | undefined;
}

/** @throws CommandError where the bytes would come between other things, or upon a terminal that would obey them. */
function refuseUnclear({ out, file, json }: OutputOptions): void {
  const isPrinted = out === '-' || (out === undefined && file !== undefined);
  if (isPrinted && json)
    throw new CommandError('With --json, what is in the output is not printed: name a file or a folder with -o.');
  if (out === undefined && file !== undefined && process.stdout.isTTY)
    throw new CommandError('Name a file or a folder with -o. -o - prints it here, whatever is in it.');
}

function show(output: ShownOutput): void {
  const { value, missing } = output;
  const files = partsOf(output).filter(({ kind }) => kind === 'file');
  if (value !== undefined) {
    const text = valueText(value);
    console.log(process.stdout.isTTY ? harmlessLines(text) : text);
  }
  if (files.length > 0) {
    // Beside a value, which alone is what a program wants to read.
    const write = value === undefined ? console.log : console.error;
    write(`Files (save them with -o DIR):\n${files.map((part) => `  ${partWords(part)}`).join('\n')}`);
  }
  if (value === undefined && files.length === 0)
    console.error(missing === undefined ? 'The run has brought nothing back.' : harmless(missing));
}

interface Keep {
  readonly out: string;
  readonly file: string | undefined;
  readonly json: boolean;
}

async function keep(desk: RunsDesk, output: ShownOutput, { out, file, json }: Keep): Promise<void> {
  const parts = partsOf(output);
  if (out === '-') return printPart(desk.target, onePart(parts, file));
  const isFolder = statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? /[/\\]$/.test(out);
  const wanted = isFolder && file === undefined && parts.length > 0 ? parts : [onePart(parts, file)];
  const saved: { readonly name: string; readonly path: string }[] = [];
  for (const part of wanted) saved.push(await save(desk, part, isFolder ? join(out, part.name) : out, json));
  if (json) printJson({ items: saved });
}

async function save(desk: RunsDesk, part: Part, path: string, json: boolean) {
  await savePart(desk.target, part, path);
  if (!json) console.log(harmless(path));
  return { name: part.name, path };
}
