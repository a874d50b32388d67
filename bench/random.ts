/** Chances that come again: the same seed draws the same numbers, in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NUMERATOR = [2.5066282746, -18.6150006252, 41.3911977353, -25.4410604963];
const DENOMINATOR = [-8.4735109309, 23.0833674374, -21.0622410182, 3.1308290983];
const TAIL = [
  0.3374754822726147, 0.9761690190917186, 0.1607979714918209, 0.0276438810333863, 0.0038405729373609,
  0.0003951896511919, 0.0000321767881768, 0.0000002888167364, 0.0000003960315187,
];

/** The value below which a standard normal lies with probability `p` (Beasley, Springer, Moro; to nine digits). */
export function normalQuantile(p: number): number {
  const y = p - 0.5;
  if (Math.abs(y) < 0.42) {
    const square = y * y;
    return (y * polynomial(NUMERATOR, square)) / (1 + square * polynomial(DENOMINATOR, square));
  }
  const tail = polynomial(TAIL, Math.log(-Math.log(y > 0 ? 1 - p : p)));
  return y > 0 ? tail : -tail;
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
