/**
 * `npm run faults`: whole Errands in virtual time, each disturbed by what its seed says, and every promise held against
 * all that happened.
 */
import { parseArgs } from 'node:util';
import { gapsOf, gridLines } from './coverage.ts';
import type { CrashInput, CrashReport } from './crash-worker.ts';
import { synthesisedDefinition } from './definition.ts';
import { TEST_FLOWS } from './flows.ts';
import { inThread } from './in-thread.ts';
import { simulateSeeds } from './pool.ts';
import type { Replayed, ReplayInput } from './replay.ts';
import { summaryOf, type Tally } from './tally.ts';

/** So many seeds try every fault in every step at least once, so many every fault after every other. */
const ENOUGH_SEEDS = { cells: 2_000, pairs: 100_000 } as const;

const HELP = `npm run faults -- [options]

  --seeds N     how many seeds to simulate (default 2000)
  --from S      the first of them (default 1)
  --seed X      tells one seed again: everything that happened, and the shortest part that breaks a promise
  --crashes     instead of seeds: kills the function at every boundary of every effect of every flow
  --stop        ends with the first seed that breaks a promise
  --threads N   how many threads (default: one for each core)
  --help        this text

The last line is JSON. Exit code 1 when a promise was broken, when ${ENOUGH_SEEDS.cells} seeds or more left a fault untried in a step, or
${ENOUGH_SEEDS.pairs} or more one fault after another.`;

const DEFAULT_SEEDS = 2_000;

class UsageError extends Error {}

function wholeNumber(name: string, text: string | undefined, fallback: number, least = 0): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a whole number from ${least}, not "${text}".`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        seed: { type: 'string' },
        threads: { type: 'string' },
        crashes: { type: 'boolean', default: false },
        stop: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      ...values,
      seeds: wholeNumber('seeds', values.seeds, DEFAULT_SEEDS, 1),
      from: wholeNumber('from', values.from, 1),
      seed: values.seed === undefined ? undefined : wholeNumber('seed', values.seed, 0),
      threads: values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1, 1),
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function progressLine(): (tally: Tally) => void {
  const begin = performance.now();
  let last = 0;
  return ({ seeds, runs, faults, broken }) => {
    const seconds = (performance.now() - begin) / 1_000;
    if (seconds - last < (process.stderr.isTTY ? 0.2 : 10)) return;
    last = seconds;
    const line = `${seeds} seeds, ${runs} runs, ${faults} faults, ${broken.length} broken, ${Math.round(seeds / seconds)} seeds/s`;
    process.stderr.write(process.stderr.isTTY ? `\r${line.padEnd(79)}` : `${line}\n`);
  };
}

async function many(options: ReturnType<typeof readOptions>): Promise<number> {
  const { seeds, from, threads, stop } = options;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const tally = await simulateSeeds({
    definition: synthesisedDefinition(),
    from,
    seeds,
    stopAtFirst: stop,
    signal: interrupt.signal,
    onProgress: progressLine(),
    ...(threads === undefined ? {} : { threads }),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const line of gridLines(tally.coverage)) console.log(line);
  const gaps = gapsOf(tally.coverage);
  const isThin =
    (tally.seeds >= ENOUGH_SEEDS.cells && gaps.cells.length > 0) ||
    (tally.seeds >= ENOUGH_SEEDS.pairs && gaps.pairs.length > 0);
  const untried = [...gaps.cells, ...gaps.pairs];
  if (untried.length > 0 && untried.length < 20) console.log(`Never tried: ${untried.join(', ')}`);
  for (const { seed, violations } of tally.broken.slice(0, 20)) {
    for (const { invariant, message } of violations.slice(0, 3)) console.log(`seed ${seed}: ${invariant}: ${message}`);
    console.log(`  tell it again: npm run faults -- --seed ${seed}`);
  }
  const reasons = Object.entries(tally.reasons).map(([reason, times]) => `${times} ${reason}`);
  console.log(`Seeds ${from} to ${from + tally.seeds - 1}; ${tally.fallout} of ${tally.runs} runs need a human.`);
  console.log(
    `Of ${tally.listed} runs that can be looked up, ${tally.listedFallout} do: ${reasons.join(', ') || 'none'}.`,
  );
  console.log(JSON.stringify(summaryOf(tally)));
  return tally.broken.length > 0 || isThin ? 1 : 0;
}

async function one(seed: number): Promise<number> {
  const input: ReplayInput = { definition: await synthesisedDefinition(), seed };
  const { result, crash, digest, isSame, shrunk, lines } = await inThread<ReplayInput, Replayed>('./replay.ts', input);
  for (const line of lines) console.log(line);
  if (crash !== undefined) console.log(`\nIt ends there: ${crash}`);
  console.log(
    `\n${result.strikes.length} faults: ${result.strikes.map(({ kind, step }) => `${kind} in ${step}`).join(', ')}`,
  );
  for (const { id, flowId, status, fallout } of result.runs)
    console.log(`${id} ${flowId}: ${status} ${fallout?.reason ?? ''}`);
  for (const { invariant, message } of result.violations) console.log(`${invariant}: ${message}`);
  if (shrunk !== undefined) {
    console.log(`\nThe first ${shrunk.prefix} faults are enough, and of these it takes:`);
    for (const { kind, step, atMs } of shrunk.strikes)
      console.log(`  ${new Date(atMs).toISOString().slice(11, 23)} ${kind} in ${step}`);
    for (const { invariant, message } of shrunk.result.violations) console.log(`  ${invariant}: ${message}`);
  }
  console.log(
    JSON.stringify({
      seed,
      digest,
      same: isSame,
      faults: result.strikes.length,
      violations: result.violations.length,
      ...(crash === undefined ? {} : { crash }),
    }),
  );
  return result.violations.length > 0 || crash !== undefined || !isSame ? 1 : 0;
}

async function crashes(): Promise<number> {
  const definition = await synthesisedDefinition();
  const sum = { points: 0, missed: 0, violations: 0 };
  for (const { id } of TEST_FLOWS)
    for (const by of ['api', 'queue'] as const) {
      const input: CrashInput = { definition, flow: id, by };
      const { points, missed, again, broken } = await inThread<CrashInput, CrashReport>('./crash-worker.ts', input);
      console.log(`${id} by ${by}: ${points} points, ${again} of them met again, ${broken.length} broken`);
      for (const { point, violations } of broken) console.log(`  ${JSON.stringify(point)} ${violations[0]?.message}`);
      sum.points += points;
      sum.missed += missed;
      sum.violations += broken.length;
    }
  console.log(JSON.stringify(sum));
  return sum.violations + sum.missed > 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  if (options.crashes) return crashes();
  return options.seed === undefined ? many(options) : one(options.seed);
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nSee --help.`);
  process.exit(2);
}
