/** Runs what has to notice a mutant, and tells a promise that was broken from a program that was. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Killer } from './mutant.ts';

export type Outcome =
  | { readonly kind: 'killed'; readonly by: string }
  /** With what was measured on the way, if anything was. */
  | { readonly kind: 'survived'; readonly but?: string }
  /** It crashed, hung or could not be run: that proves nothing. */
  | { readonly kind: 'broken'; readonly why: string };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

type KillerOf<By extends Killer['by']> = Extract<Killer, { readonly by: By }>;

/** Far more than any killer takes, also on a machine that is busy with other things. */
const LIMIT_MS = 900_000;

const KILLERS: {
  readonly [By in Killer['by']]: (dir: string, killer: KillerOf<By>, signal: AbortSignal) => Promise<Outcome>;
} = {
  faults: byFaults,
  fallout: byFallout,
  test: byTest,
  'wire-faults': byWireFaults,
};

/** Runs the killer in a copy of the project. */
export function kill(dir: string, killer: Killer, signal: AbortSignal): Promise<Outcome> {
  const run = KILLERS[killer.by] as (dir: string, killer: Killer, signal: AbortSignal) => Promise<Outcome>;
  return run(dir, killer, signal);
}

/** As somebody would type it. */
export function commandOf(killer: Killer): string {
  if (killer.by === 'test')
    return `vitest run ${killer.file}${killer.title === undefined ? '' : ` -t "${killer.title}"`}`;
  if (killer.by === 'wire-faults') return `wire-faults ${onlyOf(killer).join(' ')}`;
  const range = `faults --from ${killer.from} --seeds ${killer.seeds}`;
  return killer.by === 'faults' ? range : `${range}, at most ${percent(killer.most)} to a human`;
}

const onlyOf = ({ only }: KillerOf<'wire-faults'>) => only.flatMap((text) => ['--only', text]);

async function byFaults(dir: string, killer: KillerOf<'faults'>, signal: AbortSignal): Promise<Outcome> {
  const { from, seeds, invariant } = killer;
  const ended = await node(dir, ['test/faults/run.ts', ...rangeOf(from, seeds), '--stop'], signal);
  const { violations } = (lastJson(ended.out) ?? {}) as { readonly violations?: number };
  if (ended.code === 0 && violations === 0) return { kind: 'survived' };
  return brokenPromise(ended.out, invariant) ?? brokenProgram(ended);
}

async function byFallout(dir: string, killer: KillerOf<'fallout'>, signal: AbortSignal): Promise<Outcome> {
  const ended = await node(dir, ['test/faults/run.ts', ...rangeOf(killer.from, killer.seeds)], signal);
  const broken = brokenPromise(ended.out);
  if (broken !== undefined) return broken;
  const { falloutRate } = (lastJson(ended.out) ?? {}) as { readonly falloutRate?: number };
  if (ended.code !== 0 || falloutRate === undefined) return brokenProgram(ended);
  const share = `${percent(falloutRate)} of the runs that can be looked up need a human`;
  return falloutRate > killer.most ? { kind: 'killed', by: `its price: ${share}` } : { kind: 'survived', but: share };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** One thread each, because two are run at a time. */
function rangeOf(from: number, seeds: number): readonly string[] {
  return ['--from', String(from), '--seeds', String(seeds), '--threads', '1'];
}

/**
 * A world that breaks by itself is told as a promise, too, with its seed before its words; but it has broken none.
 * @param invariant that has to be broken, whatever else is.
 */
function brokenPromise(out: string, invariant?: string): Outcome | undefined {
  const told = [...out.matchAll(/^seed (\d+): (I\d+): (.*)$/gm)];
  const promises = told.filter(([, seed, , message = '']) => !message.startsWith(`seed ${seed}: `));
  const found = promises.find(([, , broken]) => invariant === undefined || broken === invariant);
  if (found === undefined && promises.length > 0)
    return { kind: 'broken', why: `it breaks ${promises[0]?.[2]}, in seed ${promises[0]?.[1]}, and not ${invariant}` };
  if (found !== undefined) return { kind: 'killed', by: `${found[2]}, seed ${found[1]}: ${found[3]}` };
  const [crash] = told;
  return crash && { kind: 'broken', why: `${crash[3]}` };
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function byTest(dir: string, { file, title }: KillerOf<'test'>, signal: AbortSignal): Promise<Outcome> {
  const report = join(dir, 'report.json');
  const config = ['--config', 'test/faults/mutants/vitest.config.ts', '--reporter', 'json', '--outputFile', report];
  const only = title === undefined ? [] : ['-t', title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const ended = await node(dir, ['node_modules/vitest/vitest.mjs', 'run', file, ...only, ...config], signal);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return brokenProgram(ended);
  const { testResults } = JSON.parse(text) as Report;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { kind: 'killed', by: `${file}: ${failed.fullName}` };
  if (ended.code === 0 && all.some(({ status }) => status === 'passed')) return { kind: 'survived' };
  const why = testResults.map(({ message }) => message).find((message) => message !== '');
  return why === undefined ? brokenProgram(ended) : { kind: 'broken', why };
}

async function byWireFaults(dir: string, killer: KillerOf<'wire-faults'>, signal: AbortSignal): Promise<Outcome> {
  const ended = await node(dir, ['test/wire-faults/run.ts', '--repeats', '1', ...onlyOf(killer)], signal);
  const { failed } = (lastJson(ended.out) ?? {}) as { readonly failed?: number };
  if (ended.code === 0 && failed === 0) return { kind: 'survived' };
  if (ended.code !== 1 || failed === undefined) return brokenProgram(ended);
  return { kind: 'killed', by: `wire fault ${ended.out.split('\n')[0]}` };
}

function brokenProgram({ code, errors, out }: Ended): Outcome {
  const words =
    errors
      .trim()
      .split('\n')
      .find((line) => /error/i.test(line)) ??
    errors.trim() ??
    out.trim();
  return { kind: 'broken', why: `exit code ${code ?? 'none'}${words === '' ? '' : `: ${words.slice(0, 300)}`}` };
}

function lastJson(out: string): unknown {
  try {
    return JSON.parse(out.trim().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

function node(dir: string, args: readonly string[], signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: dir,
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      // Drawn at random, the very input that shows the mutant might not come.
      env: { ...process.env, FUZZ_SEED: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { out: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.errors += text;
    });
    child.once('error', (error) => (signal.aborted ? reject(error) : resolve({ code: null, ...texts })));
    child.once('close', (code) => resolve({ code, ...texts }));
  });
}
