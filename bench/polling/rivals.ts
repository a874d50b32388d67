/** How others look: waits that know nothing of the flow. */

import { seeded } from '../random.ts';
import { averaged, type Judged, judge, type Policy } from './judge.ts';

export type Rival = (random: () => number) => Policy;

const SAMPLES = 24;

export function fixed(seconds: number): Rival {
  return () => (elapsed) => elapsed + seconds;
}

export function exponential(first: number, rate: number, cap: number): Rival {
  return () => (elapsed, looks) => elapsed + Math.min(cap, first * rate ** Math.min(looks, 100));
}

/** First check at once, then 5 s x 1.5 up to 300 s with full jitter; its limit of 60 attempts is ignored. */
const durableDefault: Rival = (random) => (elapsed, looks) =>
  looks === 0 ? 0 : elapsed + Math.max(1, random() * Math.min(300, 5 * 1.5 ** Math.min(looks - 1, 100)));

/** First check at once, then anything between 2 s and twice as much as last time; 120 s once that is reached. */
const sdkWaiter: Rival = (random) => (elapsed, looks) => {
  if (looks === 0) return 0;
  const ceiling = 2 * 2 ** Math.min(looks - 1, 100);
  return elapsed + (ceiling > 120 ? 120 : 2 + random() * (ceiling - 2));
};

export const RIVALS: Readonly<Record<string, Rival>> = {
  'fixed 10 s': fixed(10),
  'fixed 30 s': fixed(30),
  'fixed 60 s': fixed(60),
  'exponential 1.5x/60 s': exponential(2, 1.5, 60),
  'exponential 2x/300 s': exponential(1, 2, 300),
  'Google connector': exponential(1, 1.25, 60),
  'AWS durable default': durableDefault,
  'AWS SDK waiter': sdkWaiter,
};

const FIRSTS = [1, 2, 5, 10];
const RATES = [1.2, 1.5, 2, 3];
const CAPS = [15, 30, 60, 120, 300, 600, 1_800];

/** A hundred and twelve settings of one rule. */
export const EXPONENTIALS: readonly Rival[] = FIRSTS.flatMap((first) =>
  RATES.flatMap((rate) => CAPS.map((cap) => exponential(first, rate, cap))),
);

export function judgeRival(rival: Rival, durations: Float64Array, seed: number, samples = SAMPLES): Judged {
  const random = seeded(seed);
  return averaged(Array.from({ length: samples }, () => judge(rival(random), durations)));
}
