/** How long jobs take: the three kinds that are measured, drawn from a seed. */

import { normalQuantile, seeded } from '../random.ts';

function normal(random: () => number): number {
  return normalQuantile(random());
}

const SECOND = 1_000;
const HOUR = 3_600_000;

export interface Kind {
  readonly title: string;
  /** Waits for a person, and is told so by its platform. */
  readonly isHuman: boolean;
  /** How many are counted: what a flow has learnt differs from one to the next, and the dearest are averaged longest. */
  readonly runs: number;
  draw(random: () => number): number;
}

export const KINDS = {
  nearConstant300: {
    title: '300 s, CV 10 %',
    isHuman: false,
    runs: 300,
    draw: (random) => Math.max(30 * SECOND, 300 * SECOND * (1 + 0.1 * normal(random))),
  },
  lognormal45: {
    title: 'lognormal, median 45 s, sigma 0.8',
    isHuman: false,
    runs: 200,
    draw: (random) => 45 * SECOND * Math.exp(0.8 * normal(random)),
  },
  human2h: {
    title: 'waits for a person, lognormal, median 2 h, sigma 1, at most 72 h',
    isHuman: true,
    runs: 100,
    draw: (random) => Math.min(72 * HOUR, 2 * HOUR * Math.exp(normal(random))),
  },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

/** The same jobs for everybody who is measured by this seed. */
export function durationsOf(kind: KindName, seed: number, count: number): readonly number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => Math.round(KINDS[kind].draw(random)));
}
