/** Changes the code that must be right, one small fault at a time, and counts the faults that no test notices. */
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { PARTS, type Part } from './parts.ts';
import { isProven, type PartScore, partScore, summaryOf, THRESHOLD, tableOf } from './score.ts';

const HELP = `Mutation testing of what must be right: ${PARTS.map(({ name }) => name).join(', ')}.
Of the faults that are put into each, tests must notice ${THRESHOLD} %.

  npm run mutation -- [options]

  --part NAME        one part alone (may be given again)
  --concurrency N    faults tried at a time (default 2)
  --incremental      keeps what an earlier round found where neither code nor tests of a part have changed since
  --survivors        lists each fault that no test noticed
  --help             this text

The last line is JSON. Exit code 1: a part is below ${THRESHOLD} %, or was not tried.`;

const FOLDER = 'dist/mutation';
const PROGRESS_MS = 10_000;

type Results = Awaited<ReturnType<Stryker['runMutationTest']>>;

function parseOptions() {
  const { values } = parseArgs({
    options: {
      part: { type: 'string', multiple: true },
      concurrency: { type: 'string', default: '2' },
      incremental: { type: 'boolean', default: false },
      survivors: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.part?.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}".`);
  if (!/^[1-9]\d?$/.test(values.concurrency)) throw new Error('--concurrency takes a whole number from 1.');
  return values;
}

async function main(options: ReturnType<typeof parseOptions>): Promise<void> {
  const wanted = PARTS.filter(({ name }) => options.part?.includes(name) ?? true);
  const scores: PartScore[] = [];
  // However it ends: with what is known by then.
  process.once('exit', () => {
    console.log(tableOf(scores));
    console.log(summaryOf(scores));
  });
  process.exitCode = 1;
  for (const part of wanted) {
    const results = await told(part, () => tryPart(part, Number(options.concurrency), options.incremental));
    scores.push(partScore(part, results));
    if (options.survivors) tellSurvivors(results);
  }
  if (scores.every(isProven)) process.exitCode = 0;
}

async function tryPart(part: Part, concurrency: number, incremental: boolean): Promise<Results> {
  // Read by the configuration of the tests, in processes that Stryker starts.
  process.env.ERRAND_MUTATION_PART = part.name;
  const incrementalFile = `${FOLDER}/${part.name.replaceAll(' ', '-')}.json`;
  if (!incremental) rmSync(incrementalFile, { force: true });
  const stryker = new Stryker({ mutate: [...part.files], concurrency, incremental: true, incrementalFile });
  const results = await stryker.runMutationTest();
  return results.map((mutant) => ({ ...mutant, fileName: relative(process.cwd(), mutant.fileName) }));
}

/** Says now and then that it is still at work. */
async function told(part: Part, work: () => Promise<Results>): Promise<Results> {
  const begun = performance.now();
  const tell = (what: string) =>
    console.error(`${part.name}: ${what}, ${Math.round((performance.now() - begun) / 1_000)} s`);
  const timer = setInterval(() => tell('at work'), PROGRESS_MS);
  try {
    const results = await work();
    tell(`${results.length} faults tried`);
    return results;
  } finally {
    clearInterval(timer);
  }
}

function tellSurvivors(results: Results): void {
  for (const { fileName, location, mutatorName, replacement, status } of results)
    if (status === 'Survived' || status === 'NoCoverage')
      console.log(
        `${fileName}:${location.start.line} ${mutatorName} (${status}): ${replacement?.replace(/\s+/g, ' ')}`,
      );
}

try {
  const options = parseOptions();
  if (options.help) console.log(HELP);
  else await main(options);
} catch (error) {
  console.error(`${(error as Error).message} Try --help.`);
  process.exit(2);
}
