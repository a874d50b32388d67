/** `npm run mutants`: breaks one promise at a time, in a copy of the project, and sees whether it is noticed. */
import { parseArgs } from 'node:util';
import { applyPatch, inCopy } from './mutants/copy.ts';
import { commandOf, kill, type Outcome } from './mutants/kill.ts';
import { MUTANTS } from './mutants/list.ts';
import { type Killer, type Mutant, patchOf } from './mutants/mutant.ts';
import { distinctKillers } from './mutants/without-mutant.ts';

const HELP = `npm run mutants -- [options]

  --only ID     this mutant; may be given several times
  --seeds N     has the fault harness try seeds 1 to N, instead of those in which the mutant was seen
  --list        the mutants, what they break and who has to notice
  --help        this text

Every killer first runs without a mutant, where it has to find nothing. The last line is JSON. Exit code 1 when a mutant
survived, or when one proves nothing because its patch does not apply or something crashed.`;

const AT_ONCE = 2;

class UsageError extends Error {}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        seeds: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const seeds = values.seeds === undefined ? undefined : Number(values.seeds);
    if (seeds !== undefined && !(Number.isSafeInteger(seeds) && seeds > 0))
      throw new Error(`--seeds takes a whole number from 1, not "${values.seeds}".`);
    const unknown = values.only.find((id) => !MUTANTS.some((mutant) => mutant.id === id));
    if (unknown !== undefined) throw new Error(`--only ${unknown}: no mutant is called so; see --list.`);
    return { ...values, seeds };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function chosen({ only, seeds }: ReturnType<typeof readOptions>): readonly Mutant[] {
  const mutants = only.length === 0 ? MUTANTS : MUTANTS.filter(({ id }) => only.includes(id));
  if (seeds === undefined) return mutants;
  return mutants.map((mutant) =>
    mutant.killer.by === 'faults' ? { ...mutant, killer: { ...mutant.killer, from: 1, seeds } } : mutant,
  );
}

/** A few at a time, in order. */
async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const secondsSince = (beginMs: number) => `${Math.round((performance.now() - beginMs) / 1_000)} s`;

/** Commands of the killers that find something where there is nothing. */
async function withoutMutants(killers: readonly Killer[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const red = new Map<string, string>();
  await eachOf(killers, async (killer) => {
    const beginMs = performance.now();
    const command = commandOf(killer);
    const outcome = await inCopy((dir) => kill(dir, killer, signal));
    const words = outcome.kind === 'survived' ? (outcome.but ?? 'finds nothing') : wordsOf(outcome);
    if (outcome.kind !== 'survived') red.set(command, words);
    console.error(`without a mutant, ${command}: ${words} (${secondsSince(beginMs)})`);
  });
  return red;
}

function wordsOf(outcome: Outcome): string {
  if (outcome.kind === 'killed') return `killed by ${outcome.by}`;
  if (outcome.kind === 'broken') return `proves nothing: ${outcome.why}`;
  return `SURVIVED${outcome.but === undefined ? '' : `: ${outcome.but}`}`;
}

function tryMutant(mutant: Mutant, signal: AbortSignal): Promise<Outcome> {
  return inCopy(async (dir) => {
    const misfit = await applyPatch(dir, patchOf(mutant));
    if (misfit !== undefined) return { kind: 'broken', why: `its patch no longer applies: ${misfit}` };
    return kill(dir, mutant.killer, signal);
  });
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const mutants = chosen(options);
  if (options.list) {
    for (const mutant of mutants)
      console.log(`${mutant.id.padEnd(4)} ${mutant.breaks}\n     ${commandOf(mutant.killer)}`);
    return 0;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const outcomes = new Map<string, Outcome>();
  try {
    const { killers, killerOf } = distinctKillers(mutants.map(({ killer }) => killer));
    const red = await withoutMutants(killers, interrupt.signal);
    await eachOf(mutants, async (mutant) => {
      const beginMs = performance.now();
      const found = red.get(commandOf(killerOf(mutant.killer)));
      const outcome: Outcome =
        found === undefined
          ? await tryMutant(mutant, interrupt.signal)
          : { kind: 'broken', why: `its killer is not content without it either: ${found}` };
      outcomes.set(mutant.id, outcome);
      console.log(`${mutant.id.padEnd(4)} ${wordsOf(outcome)} (${secondsSince(beginMs)})`);
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.log(`Stopped after ${outcomes.size} of ${mutants.length} mutants.`);
  }
  const of = (kind: Outcome['kind']) => [...outcomes].filter(([, outcome]) => outcome.kind === kind).map(([id]) => id);
  const [killed, survived, broken] = [of('killed'), of('survived'), of('broken')];
  console.log(JSON.stringify({ mutants: mutants.length, killed: killed.length, survived, broken }));
  return killed.length === mutants.length ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nSee --help.`);
  process.exitCode = 2;
}
