/** `npm run fuzz`: many hostile inputs for every door of the product, and a word on each that breaks a promise. */
import { parseArgs } from 'node:util';
import { PARTS } from './parts/all.ts';
import { type PartTotal, type Plan, runFuzz } from './run-fuzz.ts';

const HELP = `npm run fuzz -- [--inputs N] [--seed S] [--only PART] [--from I] [--threads T]

  --inputs N   inputs of JSON and as many of XML, Retry-After and status words; the other
               parts get a share of it. Default 1000000
  --seed S     makes the same inputs again. Default: by chance
  --only PART  N inputs of this part alone: ${PARTS.map(({ name }) => name).join(', ')}
  --from I     number of the first input; with --only, for repeating one
  --threads T  default: one for each core

Exit code 0: no promise was broken; 1: one was; 2: the options are wrong.`;

const OPTIONS = {
  inputs: { type: 'string', default: '1000000' },
  seed: { type: 'string' },
  only: { type: 'string' },
  from: { type: 'string', default: '0' },
  threads: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number`);
}

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS, strict: true, allowPositionals: false });
  const { only } = values;
  if (only !== undefined && !PARTS.some(({ name }) => name === only))
    throw new Error(`--only takes one of ${PARTS.map(({ name }) => name).join(', ')}`);
  const inputs = wholeNumber('inputs', values.inputs);
  const from = wholeNumber('from', values.from);
  const plans: readonly Plan[] = PARTS.filter(({ name }) => only === undefined || name === only).map(
    ({ name, share }) => ({ part: name, from, count: only === undefined ? Math.ceil(inputs * share) : inputs }),
  );
  return {
    help: values.help,
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', values.seed),
    plans,
    ...(values.threads === undefined ? {} : { threads: Math.max(1, wholeNumber('threads', values.threads)) }),
  };
}

async function main(): Promise<number> {
  const { help, ...options } = readOptions();
  if (help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const wanted = options.plans.reduce((sum, { count }) => sum + count, 0);
  process.stdout.write(`seed ${options.seed}, ${wanted} inputs\n`);
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const begun = performance.now();
  const totals = await runFuzz({ ...options, signal: controller.signal, progress: progressOf(wanted) });
  return report(totals, options.seed, (performance.now() - begun) / 1_000);
}

function progressOf(wanted: number): (inputs: number) => void {
  let last = performance.now();
  const { isTTY } = process.stderr;
  return (inputs) => {
    if (performance.now() - last < (isTTY ? 200 : 10_000)) return;
    last = performance.now();
    process.stderr.write(`${isTTY ? '\r' : ''}${inputs} of ${wanted}${isTTY ? '' : '\n'}`);
  };
}

function report(totals: readonly PartTotal[], seed: number, seconds: number): number {
  if (process.stderr.isTTY) process.stderr.write('\r');
  for (const { part, inputs, slowest, crashes } of totals) {
    process.stdout.write(
      `${part.padEnd(12)} ${String(inputs).padStart(9)} inputs, slowest ${slowest.ms.toFixed(1)} ms\n`,
    );
    for (const { index, input, error } of crashes) {
      process.stdout.write(`  ${error}\n  smallest input: ${JSON.stringify(input)}\n`);
      process.stdout.write(`  npm run fuzz -- --only ${part} --seed ${seed} --from ${index} --inputs 1\n`);
    }
  }
  const inputs = totals.reduce((sum, total) => sum + total.inputs, 0);
  const crashes = totals.reduce((sum, total) => sum + total.crashes.length, 0);
  const [slowest] = totals
    .map(({ part, slowest: { ms } }) => ({ part, ms: Math.round(ms) }))
    .sort((a, b) => b.ms - a.ms);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
  process.stdout.write(`${Math.round(inputs / seconds)} inputs/s, ${Math.round(seconds)} s, at most ${megabytes} MB\n`);
  process.stdout.write(`${JSON.stringify({ inputs, seed, crashes, slowest })}\n`);
  return crashes === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : error}\n`);
  process.exitCode = 2;
}
