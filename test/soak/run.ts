/**
 * The embedded runtime at steady load with faults on: memory stays flat, nothing is lost, nothing is started twice, no slot,
 * lock or socket is left over. The last line is JSON.
 *
 *   npm run -s soak [-- --minutes 30 --rate 2 --seed N]
 */
import { parseArgs } from 'node:util';
import { FAULT_NAMES } from './faults.ts';
import { judgeMemory, mostOpen } from './memory.ts';
import { PROMISES_ALLOWED, type SoakResult, soak } from './soak.ts';

const HELP = `Usage: npm run soak -- [options]

  --minutes M   how long the load goes on (default 30); the runs then get 15 minutes more to end
  --rate R      requests a second (default 2); three times as many for one early minute of a load of six or more
  --seed N      of chance (default: random, and printed)
  --help        this text

Memory may grow by less than 5 % after a warm-up, garbage left out; a load of twenty minutes is long enough to tell.
Ctrl-C ends the load early; everything is checked as ever.`;

const MOST_FINDINGS = 400;
const MOST_LINES = 2_000;
const REPORT_EVERY_MS = 15_000;
const DRAIN_MS = 15 * 60_000;

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = { minutes: Number(values.minutes), rate: Number(values.rate), seed: Number(values.seed) };
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isFinite(value) || value < 0 || (value === 0 && name !== 'seed'))
      throw new Error(`--${name} takes a positive number`);
  return { ...numbers, help: values.help };
}

/** What must be nothing, by its name in the report. */
function checksOf({ verdict, socketsLeaked, handlesLeaked, promisesMore }: SoakResult) {
  const { findings: _, ...counts } = verdict;
  const handles = Object.values(handlesLeaked).reduce((sum, n) => sum + n, 0);
  const promisesLeaked = Math.max(0, promisesMore - PROMISES_ALLOWED);
  return { ...counts, socketsLeaked, handlesLeaked: handles, promisesLeaked };
}

async function main(): Promise<number> {
  const { help, ...numbers } = optionsOf(process.argv.slice(2));
  if (help) {
    console.log(HELP);
    return 0;
  }
  const { minutes, rate, seed } = numbers;
  const log = (line: string) => console.error(line);
  log(`soak: ${minutes} min at ${rate} requests a second, seed ${seed}`);
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  const faults = FAULT_NAMES;
  const timing = { reportEveryMs: REPORT_EVERY_MS, drainMs: DRAIN_MS, log, signal: ending.signal };
  const result = await soak({ ...numbers, ...timing, faults });
  for (const finding of result.verdict.findings.slice(0, MOST_FINDINGS)) console.log(finding);
  for (const line of result.stories.slice(0, MOST_LINES)) console.log(line);
  const checks = checksOf(result);
  const memory = judgeMemory(result.readings, result.loadMs);
  for (const finding of memory.findings) console.log(finding);
  const isGood = memory.findings.length === 0 && Object.values(checks).every((count) => count === 0);
  if (!isGood) console.log(`again: npm run soak -- --minutes ${minutes} --rate ${rate} --seed ${seed}`);
  const { loadMs, runs, requests, acknowledged, statuses, promisesMore } = result;
  const figures = { minutes: Number((loadMs / 60_000).toFixed(1)), seed, rate, runs, requests, acknowledged };
  const busiest = mostOpen(result.readings, loadMs);
  if (Object.keys(memory.figures).length === 0) log('There are too few readings to tell whether memory grows');
  else if (busiest.after > busiest.warmUp)
    log(
      `${busiest.after} executions were open after the warm-up, ${busiest.warmUp} in it: memory may have grown with them`,
    );
  const { readings } = memory;
  const held = { promisesMore, ...memory.figures, readings, mostOpen: busiest };
  console.log(JSON.stringify({ ...figures, ...checks, ...held, statuses, faults: result.faults }));
  return isGood ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
