/**
 * What a run costs, and how late its end is noticed, against the usual sample that asks every 30 s. Both run on the
 * embedded runtime in virtual time, and every operation is counted. The last line is JSON.
 *
 *   npm run -s bench:cost [-- --seed 1 --learn 64 --runs 250 --kind nearConstant300]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { breakdown } from './cost/breakdown.ts';
import { KINDS, type KindName } from './cost/durations.ts';
import type { Measured, Task } from './cost/measured.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    learn: { type: 'string', default: '64' },
    /** As many for each kind. */
    runs: { type: 'string' },
    /** One of them alone. */
    kind: { type: 'string' },
  },
});
const SIDES = ['errand', 'baseline'] as const;
/** Of two processors: each leap waits for the disk a little. */
const AT_ONCE = 3;

const names = (Object.keys(KINDS) as KindName[]).filter((name) => values.kind === undefined || values.kind === name);
if (names.length === 0) throw new Error(`--kind is one of ${Object.keys(KINDS).join(', ')}`);

async function measure(task: Task): Promise<Measured> {
  const args = [join(import.meta.dirname, 'cost', 'measure.ts'), JSON.stringify(task)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const output = await text(child.stdout);
  if ((await code) !== 0) throw new Error(`${task.kind} ${task.side} broke off`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Measured;
}

/** The longest first. */
function tasks(): readonly Task[] {
  const common = { seed: Number(values.seed), learn: Number(values.learn) };
  const countOf = (kind: KindName) => Number(values.runs ?? KINDS[kind].runs);
  return names.toReversed().flatMap((kind) => SIDES.map((side) => ({ kind, side, count: countOf(kind), ...common })));
}

async function measureAll(): Promise<ReadonlyMap<string, Measured>> {
  const results = new Map<string, Measured>();
  const waiting = [...tasks()];
  const worker = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      results.set(`${task.kind} ${task.side}`, await measure(task));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function need(results: ReadonlyMap<string, Measured>, kind: KindName, side: Task['side']): Measured {
  const found = results.get(`${kind} ${side}`);
  if (found === undefined) throw new Error(`${kind} ${side} was not measured`);
  return found;
}

const begin = performance.now();
console.error(`seed ${values.seed}; ${values.learn} runs to learn from`);
const results = await measureAll();
const jobs = Object.fromEntries(
  names.map((kind) => {
    const { lines, ...errand } = need(results, kind, 'errand');
    const { lines: usual, ...baseline } = need(results, kind, 'baseline');
    console.error(breakdown(`${kind} (${KINDS[kind].title})`, errand, lines));
    console.error(breakdown(`${kind}, the usual sample`, baseline, usual));
    return [
      kind,
      {
        ...errand,
        baselineTransitions: baseline.transitions,
        baselineUsdPer1000: baseline.usdPer1000,
        baselineLagSeconds: baseline.lagSeconds,
        baseline,
      },
    ];
  }),
);
console.error(`took ${((performance.now() - begin) / 1_000).toFixed(0)} s`);
console.log(JSON.stringify({ seed: Number(values.seed), jobs }));
