/** Decides, from a seed, what goes wrong where. */
import { type Effect, type FaultKind, KINDS, kindOf, type Step } from './fault-kinds.ts';

export interface Strike {
  readonly kind: FaultKind;
  readonly step: Step;
  readonly atMs: number;
}

export interface Strikes {
  /** What strikes this effect, if anything. */
  at(effect: Effect, step: Step): FaultKind | undefined;
  /** So far, in order. */
  readonly struck: readonly Strike[];
  /** From now on nothing goes wrong. */
  stop(): void;
}

export interface StrikesOptions {
  readonly seed: number;
  /** Below one, from the seed. */
  readonly random: () => number;
  readonly now: () => number;
  /** Only the first so many strike. @default all */
  readonly limit?: number | undefined;
  /** These, by their number from 0, do not strike. */
  readonly without?: ReadonlySet<number> | undefined;
  /** Only these. @default what the seed chooses */
  readonly kinds?: readonly FaultKind[] | undefined;
}

const PAIRS = KINDS.flatMap((first, index) => KINDS.slice(index + 1).map((second) => [first, second] as const));
/** From one to the next both of the pair change; prime, so that all have their turn. */
const STRIDE = 409;

const nthPair = (nth: number): readonly FaultKind[] => PAIRS[(nth * STRIDE) % PAIRS.length] ?? [];

/** Odd seeds try two pairs of kinds each, in turn; the others everything at once. */
function chosenKinds(seed: number): readonly FaultKind[] {
  return seed % 2 === 0 ? KINDS : [...nthPair(seed - 1), ...nthPair(seed)];
}

/**
 * Whether it tries lists that show nothing, and little else. These are met by a start in doubt alone, and behind another
 * fault by a later one: such a world has several starts, and no kind strikes every time, or the first would hold up the rest.
 */
export const triesEmptyLists = (seed: number): boolean => seed % 2 === 1 && chosenKinds(seed).includes('empty-list');
const AT_MOST_WITH_LISTS = 0.5;

/** A run has some hundred effects on the table, and few of these. */
const SCARCE: Readonly<Partial<Record<Effect, number>>> = {
  'call-start': 3,
  'call-read': 4,
  'call-fetch': 4,
  bucket: 20,
  queue: 30,
  machine: 6,
};

/** Nor has a run many of these: another is woken, an end told and a repair written only now and then. */
const SCARCE_STEPS: Readonly<Partial<Record<Step | `${Step} ${Effect}`, number>>> = {
  release: 4,
  settle: 4,
  'settle table-write': 10,
  'sweep table-write': 8,
};

const RATES = [0.01, 0.03, 0.06, 0.12] as const;

function byEffect(kinds: readonly FaultKind[]): ReadonlyMap<Effect, readonly FaultKind[]> {
  const found = new Map<Effect, FaultKind[]>();
  for (const kind of kinds)
    for (const effect of kindOf(kind).at) found.set(effect, [...(found.get(effect) ?? []), kind]);
  return found;
}

export function createStrikes({
  seed,
  random,
  now,
  limit = Number.POSITIVE_INFINITY,
  without,
  kinds = chosenKinds(seed),
}: StrikesOptions): Strikes {
  const isPair = kinds.length < KINDS.length;
  const places = byEffect(kinds);
  const struck: Strike[] = [];
  // A pair has few places to strike, so it strikes more often there.
  const atMost = triesEmptyLists(seed) ? AT_MOST_WITH_LISTS : 1;
  const rate = isPair ? 0.12 : (RATES[Math.floor(random() * RATES.length)] ?? 0.03);
  let isOver = false;
  let count = 0;

  function choose(candidates: readonly FaultKind[]): FaultKind | undefined {
    // One that is rare among many is rare when it is alone, too.
    const total = Math.max(
      1,
      candidates.reduce((sum, kind) => sum + (kindOf(kind).weight ?? 1), 0),
    );
    let left = random() * total;
    return candidates.find((kind) => {
      left -= kindOf(kind).weight ?? 1;
      return left < 0;
    });
  }

  return {
    struck,
    at(effect, step) {
      const candidates = (places.get(effect) ?? []).filter((kind) => kindOf(kind).steps.includes(step));
      const chance = rate * (SCARCE[effect] ?? 1) * (SCARCE_STEPS[`${step} ${effect}`] ?? SCARCE_STEPS[step] ?? 1);
      const isHit = random() < (effect === 'weather' ? 0.5 : Math.min(chance, atMost));
      if (isOver || !isHit || candidates.length === 0) return undefined;
      const kind = choose(candidates);
      const isLeftOut = count >= limit || without?.has(count) === true;
      if (kind !== undefined) count += 1;
      if (kind === undefined || isLeftOut) return undefined;
      struck.push({ kind, step, atMs: now() });
      return kind;
    },
    stop() {
      isOver = true;
    },
  };
}
