/** What the killers of some mutants come to when nothing is broken: each thing once. */
import type { Killer } from './mutant.ts';

type Seeds = Extract<Killer, { readonly by: 'faults' }>;

export interface DistinctKillers {
  readonly killers: readonly Killer[];
  /** The one of them that covers a killer. */
  readonly killerOf: (killer: Killer) => Killer;
}

/** Seed ranges that overlap are joined. */
export function distinctKillers(all: readonly Killer[]): DistinctKillers {
  const ranges = joined(all.filter((killer) => killer.by === 'faults'));
  const others = new Map<string, Killer>();
  for (const killer of all) if (killer.by !== 'faults') others.set(JSON.stringify(killer), killer);
  return {
    killers: [...ranges, ...others.values()],
    killerOf(killer) {
      if (killer.by !== 'faults') return others.get(JSON.stringify(killer)) ?? killer;
      return ranges.find((range) => killer.from >= range.from && killer.from < endOf(range)) ?? killer;
    },
  };
}

const endOf = ({ from, seeds }: Seeds) => from + seeds;

function joined(ranges: readonly Seeds[]): readonly Seeds[] {
  const found: Seeds[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last === undefined || range.from > endOf(last)) found.push(range);
    else found.splice(-1, 1, { ...last, seeds: Math.max(endOf(last), endOf(range)) - last.from });
  }
  return found;
}
