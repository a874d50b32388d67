/** What many seeds came to. */
import { type Coverage, cover, merge, newCoverage } from './coverage.ts';
import type { Violation } from './facts.ts';
import { isListed, type SimulationResult } from './simulate.ts';

export interface Broken {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface Tally {
  seeds: number;
  runs: number;
  faults: number;
  /** Runs of platforms that can list their jobs, and how many of them need a human. */
  listed: number;
  listedFallout: number;
  /** All that need a human. */
  fallout: number;
  /** Why, where the platform can list. */
  readonly reasons: Record<string, number>;
  readonly broken: Broken[];
  readonly coverage: Coverage;
}

export const newTally = (): Tally => ({
  seeds: 0,
  runs: 0,
  faults: 0,
  listed: 0,
  listedFallout: 0,
  fallout: 0,
  reasons: {},
  broken: [],
  coverage: newCoverage(),
});

function addTo(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

export function count(tally: Tally, { seed, runs, strikes, violations }: SimulationResult): void {
  const listed = runs.filter(isListed);
  tally.seeds += 1;
  tally.runs += runs.length;
  tally.faults += strikes.length;
  tally.listed += listed.length;
  tally.listedFallout += listed.filter(({ status }) => status === 'FALLOUT').length;
  for (const { fallout } of listed) if (fallout !== undefined) addTo(tally.reasons, fallout.reason);
  tally.fallout += runs.filter(({ status }) => status === 'FALLOUT').length;
  if (violations.length > 0) tally.broken.push({ seed, violations });
  cover(tally.coverage, strikes);
}

export function add(into: Tally, from: Tally): void {
  into.seeds += from.seeds;
  into.runs += from.runs;
  into.faults += from.faults;
  into.listed += from.listed;
  into.listedFallout += from.listedFallout;
  into.fallout += from.fallout;
  for (const [reason, times] of Object.entries(from.reasons)) addTo(into.reasons, reason, times);
  into.broken.push(...from.broken);
  merge(into.coverage, from.coverage);
}

/** Which promise an invariant's violation breaks, as the last line counts them. */
const COUNTED = {
  duplicateStarts: ['I2', 'I3'],
  lost: ['I1', 'I16', 'I18'],
  falseFailures: ['I5'],
  orphans: ['I6'],
} as const;

export function summaryOf({ seeds, runs, faults, broken, listed, listedFallout }: Tally) {
  const all = broken.flatMap(({ violations }) => violations);
  const counted = Object.entries(COUNTED).map(([name, invariants]) => [
    name,
    all.filter(({ invariant }) => (invariants as readonly string[]).includes(invariant)).length,
  ]);
  const falloutRate = listed === 0 ? 0 : Math.round((listedFallout / listed) * 1e5) / 1e5;
  return { seeds, runs, faults, violations: all.length, ...Object.fromEntries(counted), falloutRate };
}
