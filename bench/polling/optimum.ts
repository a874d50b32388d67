/** The best that any list of look times can do for a distribution that is known: a dynamic programme over a time grid. */

/** @param durations ascending. @returns look times in seconds that minimise mean lag plus `lookCost` a look. */
export function optimalLooks(durations: Float64Array, lookCost: number, step: number): readonly number[] {
  const cells = Math.ceil((durations.at(-1) ?? 0) / step);
  const { counts, sums } = cumulated(durations, cells, step);
  const cost = new Float64Array(cells + 1);
  const next = new Int32Array(cells + 1);
  for (let from = cells - 1; from >= 0; from -= 1) {
    const going = durations.length - at(counts, from);
    let best = Number.POSITIVE_INFINITY;
    for (let to = from + 1; to <= cells; to += 1) {
      const lag = to * step * (at(counts, to) - at(counts, from)) - (at(sums, to) - at(sums, from));
      if (lag > best) break;
      if (lag + at(cost, to) < best) {
        best = lag + at(cost, to);
        next[from] = to;
      }
    }
    cost[from] = going === 0 ? 0 : best + lookCost * going;
  }
  const looks: number[] = [];
  for (let cell = at(next, 0); looks.length < cells; cell = at(next, cell)) {
    looks.push(cell * step);
    if (cell >= cells) break;
  }
  return looks;
}

function cumulated(durations: Float64Array, cells: number, step: number) {
  const counts = new Float64Array(cells + 1);
  const sums = new Float64Array(cells + 1);
  let index = 0;
  let sum = 0;
  for (let cell = 0; cell <= cells; cell += 1) {
    for (; index < durations.length && at(durations, index) <= cell * step; index += 1) sum += at(durations, index);
    counts[cell] = index;
    sums[cell] = sum;
  }
  return { counts, sums };
}

function at(array: Float64Array | Int32Array, index: number): number {
  return array[index] ?? 0;
}
