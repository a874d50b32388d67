/**
 * Learned looks next to the ways others poll, on the workloads of six kinds of flow: mean lag and looks of a run, and
 * their sum J = lag + c x looks relative to the best that could be done if the distribution were known. The functions
 * are the shipped ones, with jitter and whole seconds. `j64` and `j5` are after so many runs with the guard down, as the
 * planner is compared with others; `strict` is with the guard up, as it is for flows with fewer than 64 runs.
 *
 *   node bench/polling.ts [first seed]
 */
import { worstRun } from './polling/adversary.ts';
import { driftCosts } from './polling/drift.ts';
import { costOf, followed, type Judged, judge } from './polling/judge.ts';
import { judgeLearned } from './polling/learned.ts';
import { optimalLooks } from './polling/optimum.ts';
import { plannerTimes } from './polling/planner-time.ts';
import { blindLags, learnedLag } from './polling/portfolio.ts';
import { judgeRival, RIVALS } from './polling/rivals.ts';
import { evenly, WORKLOADS, type Workload } from './polling/workloads.ts';

const FIRST_SEED = Number(process.argv[2] ?? 1);
const SEEDS = Array.from({ length: 5 }, (_, index) => FIRST_SEED + index);
const ATOMS = 20_000;
const HISTORIES = 80;

interface Spread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, low: Math.min(...values), high: Math.max(...values) };
}

function measure(workload: Workload) {
  const durations = evenly(workload, ATOMS);
  const { lookCost } = workload;
  const optimum = judge(followed(optimalLooks(durations, lookCost, workload.step)), durations);
  const best = costOf(optimum, lookCost);
  const learned = (runs: number, isStrict: boolean) =>
    SEEDS.map((seed) => judgeLearned(workload, durations, { runs, lookCost, isStrict, histories: HISTORIES, seed }));
  const j = (all: readonly Judged[]) => spreadOf(all.map((judged) => costOf(judged, lookCost) / best));
  const of64 = learned(64, false);
  const rivals = Object.entries(RIVALS).map(
    ([name, rival]) => [name, judgeRival(rival, durations, FIRST_SEED)] as const,
  );
  return {
    workload,
    best,
    optimum,
    rivals,
    none: learned(0, false)[0] ?? optimum,
    of64: { lag: spreadOf(of64.map(({ lag }) => lag)).mean, looks: spreadOf(of64.map(({ looks }) => looks)).mean },
    j64: j(of64),
    j5: j(learned(5, false)),
    j64Strict: j(learned(64, true)),
    j5Strict: j(learned(5, true)),
    j0: j(learned(0, false)),
  };
}

type Measured = ReturnType<typeof measure>;

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(24)}${cells.map((cell) => cell.padStart(21)).join('')}`;
}

function printTables(all: readonly Measured[]): void {
  const cell = ({ lag, looks }: Judged, { best, workload }: Measured) =>
    `${lag.toFixed(1)} / ${looks.toFixed(1)} / ${(costOf({ lag, looks }, workload.lookCost) / best).toFixed(2)}`;
  console.log('Mean lag in seconds / looks a run / J relative to the optimum\n');
  console.log(
    row(
      '',
      all.map(({ workload }) => workload.id),
    ),
  );
  for (const name of Object.keys(RIVALS)) {
    console.log(
      row(
        name,
        all.map((measured) => cell(new Map(measured.rivals).get(name) ?? measured.optimum, measured)),
      ),
    );
  }
  const ours: readonly [string, (measured: Measured) => Judged][] = [
    ['no history', ({ none }) => none],
    ['learned, 64 runs', ({ of64 }) => of64],
    ['optimum', ({ optimum }) => optimum],
    ['clairvoyant', () => ({ lag: 0, looks: 1 })],
  ];
  for (const [name, judged] of ours) {
    console.log(
      row(
        name,
        all.map((measured) => cell(judged(measured), measured)),
      ),
    );
  }
  console.log(
    `\nJ relative to the optimum, and its range over seeds ${SEEDS[0]}-${SEEDS.at(-1)} (${HISTORIES} histories each)\n`,
  );
  const spreads: readonly [string, (measured: Measured) => Spread][] = [
    ['64 runs', ({ j64 }) => j64],
    ['64 runs, guard up', ({ j64Strict }) => j64Strict],
    ['5 runs', ({ j5 }) => j5],
    ['5 runs, guard up', ({ j5Strict }) => j5Strict],
    ['no history', ({ j0 }) => j0],
  ];
  for (const [name, spread] of spreads) {
    console.log(
      row(
        name,
        all.map((measured) => {
          const { mean, low, high } = spread(measured);
          return `${mean.toFixed(3)} ${low.toFixed(2)}-${high.toFixed(2)}`;
        }),
      ),
    );
  }
}

function measureChanges() {
  const modes = {
    default: { guard: 'down', inFlight: 1 },
    strict: { guard: 'up', inFlight: 1 },
    shipped: { guard: 'shipped', inFlight: 1 },
    inFlight: { guard: 'shipped', inFlight: 20 },
  } as const;
  return Object.entries(modes).map(([mode, options]) => [mode, driftCosts(options, FIRST_SEED)] as const);
}

function printChanges(changes: ReturnType<typeof measureChanges>): void {
  console.log('\nTwenty runs after a change, relative to exponential 1.5x/60 s\n');
  const names = Object.keys(changes[0]?.[1] ?? {});
  console.log(`${''.padEnd(32)}${changes.map(([mode]) => mode.padStart(12)).join('')}`);
  for (const name of names) {
    console.log(`${name.padEnd(32)}${changes.map(([, costs]) => (costs[name] ?? 0).toFixed(2).padStart(12)).join('')}`);
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

const measured = WORKLOADS.map(measure);
printTables(measured);

const blind = blindLags();
const learnedLags = SEEDS.slice(0, 3).map((seed) => learnedLag(false, seed));
const portfolio = {
  vsOptimum: spreadOf(learnedLags.map((learned) => learned / blind.optimum)),
  vsBestExponential: spreadOf(learnedLags.map((learned) => blind.exponential / learned)),
  vsBestFixed: spreadOf(learnedLags.map((learned) => blind.fixed / learned)),
};
console.log('\nNine flows, one setting, six looks a run: mean lag in seconds\n');
const portfolioRows = { ...blind, learned: learnedLags[0] ?? 0, 'learned, guard up': learnedLag(true, FIRST_SEED) };
for (const [name, lag] of Object.entries(portfolioRows)) console.log(`${name.padEnd(24)}${lag.toFixed(1).padStart(8)}`);
for (const [name, { mean, low, high }] of Object.entries(portfolio))
  console.log(`${name.padEnd(24)}${mean.toFixed(3).padStart(8)}  ${low.toFixed(2)}-${high.toFixed(2)}`);

const changes = measureChanges();
printChanges(changes);

const worst = WORKLOADS.filter(({ id }) => id !== 'HU').map((workload) => ({
  id: workload.id,
  up: worstRun(workload, true, FIRST_SEED),
  down: worstRun(workload, false, FIRST_SEED),
}));
console.log('\nThe worst single run after the worst history, relative to exponential 1.5x/60 s: guard up, down\n');
for (const { id, up, down } of worst)
  console.log(`${id.padEnd(4)}${up.ratio.toFixed(1).padStart(8)}${down.ratio.toFixed(1).padStart(8)}`);

const times = plannerTimes(FIRST_SEED);
console.log(
  JSON.stringify({
    workloads: Object.fromEntries(
      measured.map(({ workload, j64, j5, j0, j64Strict, j5Strict, of64 }) => [
        workload.id,
        {
          j64: rounded(j64.mean),
          j5: rounded(j5.mean),
          j0: rounded(j0.mean),
          lag64: rounded(of64.lag),
          looks64: rounded(of64.looks),
          j64Strict: rounded(j64Strict.mean),
          j5Strict: rounded(j5Strict.mean),
        },
      ]),
    ),
    portfolio: Object.fromEntries(Object.entries(portfolio).map(([name, { mean }]) => [name, rounded(mean)])),
    changes: Object.fromEntries(changes.map(([mode, costs]) => [mode, rounded(Math.max(...Object.values(costs)))])),
    worstRun: {
      strict: rounded(Math.max(...worst.map(({ up }) => up.ratio))),
      strictWait: rounded(Math.max(...worst.map(({ up }) => up.wait))),
    },
    plannerWarmMs: rounded(times.warmMs),
    plannerColdMs: rounded(times.coldMs),
  }),
);
